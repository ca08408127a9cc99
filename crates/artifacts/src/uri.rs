//! URIs as Python takes them apart and puts them together (`urllib.parse`, 3.11), because that is what MLflow's clients
//! do and what the rows of an existing database hold. The `url` crate normalizes where Python does not.

use percent_encoding::percent_decode_str;

/// Schemes whose last path segment may carry `;params`.
const WITH_PARAMS: [&str; 16] = [
    "", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", "rtsps", "rtspu", "sip", "sips",
    "mms", "sftp", "tel",
];

/// Schemes that are written with `//` also when they have no authority.
const WITH_AUTHORITY: [&str; 26] = [
    "", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp", "snews",
    "prospero", "rtsp", "rtsps", "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git", "git+ssh", "ws",
    "wss",
];

/// The six parts of a URI. A missing part is empty; the scheme is in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uri {
    pub(crate) scheme: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) params: String,
    pub(crate) query: String,
    pub(crate) fragment: String,
}

/// An authority that names no host: half a pair of brackets, or a port that is no number up to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Uri {
    /// `urllib.parse.urlparse`.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let text: String = text
            .trim_start_matches(|c: char| c <= ' ')
            .chars()
            .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
            .collect();
        let (scheme, rest) = split_scheme(&text);
        let (authority, rest) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                rest.split_at_checked(end).unwrap_or((rest, ""))
            }
            None => ("", rest),
        };
        if authority.contains('[') != authority.contains(']') {
            return Err(Malformed);
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, params) =
            if WITH_PARAMS.contains(&scheme.as_str()) { split_params(path) } else { (path, "") };
        Ok(Self {
            authority: authority.to_owned(),
            path: path.to_owned(),
            params: params.to_owned(),
            query: query.to_owned(),
            fragment: fragment.to_owned(),
            scheme,
        })
    }

    /// The host in lower case, without user, port and brackets; empty when there is none.
    pub(crate) fn host(&self) -> String {
        self.host_and_port().0.to_lowercase()
    }

    pub(crate) fn port(&self) -> Result<Option<u16>, Malformed> {
        match self.host_and_port().1 {
            "" => Ok(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map(Some).map_err(|_| Malformed)
            }
            _ => Err(Malformed),
        }
    }

    fn host_and_port(&self) -> (&str, &str) {
        let host = self.authority.rsplit_once('@').map_or(self.authority.as_str(), |(_, host)| host);
        match host.split_once('[') {
            Some((_, bracketed)) => {
                let (host, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
                (host, rest.split_once(':').map_or("", |(_, port)| port))
            }
            None => host.split_once(':').unwrap_or((host, "")),
        }
    }
}

/// `urllib.parse.urlunparse`.
impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scheme, authority, path, params, query, fragment } = self;
        if !scheme.is_empty() {
            write!(f, "{scheme}:")?;
        }
        let always = !scheme.is_empty() && WITH_AUTHORITY.contains(&scheme.as_str());
        if !authority.is_empty() || (always && !path.starts_with("//")) {
            write!(f, "//{authority}")?;
            let is_empty = path.is_empty() && params.is_empty();
            if !is_empty && !path.starts_with('/') {
                f.write_str("/")?;
            }
        }
        f.write_str(path)?;
        for (mark, part) in [(';', params), ('?', query), ('#', fragment)] {
            if !part.is_empty() {
                write!(f, "{mark}{part}")?;
            }
        }
        Ok(())
    }
}

fn split_scheme(text: &str) -> (String, &str) {
    match text.split_once(':') {
        Some((scheme, rest))
            if scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) =>
        {
            (scheme.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), text),
    }
}

/// Parameters begin at the first `;` of the last segment.
fn split_params(path: &str) -> (&str, &str) {
    let last = path.rfind('/').unwrap_or(0);
    let semicolon = path.char_indices().find(|&(at, c)| at >= last && c == ';').map(|(at, _)| at);
    match semicolon.and_then(|at| path.split_at_checked(at)) {
        Some((path, params)) => (path, params.strip_prefix(';').unwrap_or(params)),
        None => (path, ""),
    }
}

/// `urllib.parse.unquote`: percent-decoding once; what is no UTF-8 becomes U+FFFD.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// MLflow 3.17 `_decode`: decodes and re-assembles until nothing changes; `None` when ten rounds do not suffice.
pub(crate) fn decode_fully(text: &str) -> Option<String> {
    let mut form = text.to_owned();
    for _ in 0..10 {
        let again = Uri::parse(&decode(&form)).ok()?.to_string();
        if again == form {
            return Some(form);
        }
        form = again;
    }
    None
}
