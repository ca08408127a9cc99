{{- define "millgate.fullname" -}}
{{- if contains "millgate" .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-millgate" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "millgate.selector" -}}
app.kubernetes.io/name: millgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "millgate.labels" -}}
{{ include "millgate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "millgate.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "millgate.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- /* The Host headers that count: those of clients, of the ingress, and of other pods. */ -}}
{{- define "millgate.allowedHosts" -}}
{{- range .Values.server.allowedHosts }}{{ . }},{{ end -}}
{{- if .Values.ingress.enabled }}{{ .Values.ingress.host }},{{ end -}}
{{- $name := include "millgate.fullname" . -}}
{{- range list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) -}}
{{ . }}:*,
{{- end -}}
localhost:*,127.0.0.1:*,10.*,192.168.*,172.16.*,172.17.*,172.18.*,172.19.*,172.20.*,172.21.*,172.22.*,172.23.*,172.24.*,172.25.*,172.26.*,172.27.*,172.28.*,172.29.*,172.30.*,172.31.*
{{- end -}}
