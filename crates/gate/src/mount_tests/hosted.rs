//! The core behind a host: the host passes, and nobody else does.

use super::*;
use hyper::service::Service as _;

const SECRET: &str = "x-millgate-host-secret";

struct Core {
    front: Front,
    secret: HostSecret,
}

impl Core {
    fn new() -> Self {
        let secret = HostSecret::new(&model::SystemEntropy);
        let parts = gate(Access::Hosted, "", Vec::new());
        let front = core_front(parts, Service, secret.clone(), Arc::new(model::SystemEntropy));
        Self { front, secret }
    }

    async fn ask(&self, request: axum::extract::Request) -> Answer {
        let response = self.front.local_service().call(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}

#[tokio::test]
async fn nobody_passes_without_the_secret_on_any_path() {
    let core = Core::new();
    let almost = format!("{}0", core.secret.expose());
    let mut asked = 0;
    for (method, path) in ROWS.iter().flat_map(Row::endpoints) {
        for sent in [&[][..], &[""], &["wrong"], &[almost.as_str()], &[core.secret.expose(); 2]] {
            let mut request = request(method.as_str(), &concrete(&path), untouchable());
            for secret in sent {
                request.headers_mut().append(SECRET, secret.parse().unwrap());
            }
            let answer = core.ask(request).await;
            assert_eq!((answer.status, answer.body.as_str()), (403, "Permission denied"), "{path} {sent:?}");
            asked += 1;
        }
    }
    assert!(asked > 5 * ROWS.len());
    let unknown = core.ask(request("GET", "/nothing", Body::empty())).await;
    assert_eq!(unknown.status, 403);
}

#[tokio::test]
async fn the_host_passes_wherever_there_is_a_handler_but_for_users() {
    let core = Core::new();
    for row in ROWS {
        for (method, path) in row.endpoints() {
            let mut request = request(method.as_str(), &concrete(&path), Body::empty());
            request.headers_mut().insert(SECRET, core.secret.expose().parse().unwrap());
            let answer = core.ask(request).await;
            assert!(answer.status != 401 && answer.status != 403, "{method:?} {path}: {answer:?}");
            assert_eq!(
                // Nothing is counted here, so that there are no metrics.
                matches!(row.part, Part::Users | Part::Metrics),
                matches!(answer.status, 404 | 405),
                "{method:?} {path}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_core_whose_layer_is_missing_lets_nobody_in() {
    let router = router(gate(Access::Hosted, "", Vec::new()), Service);
    for row in ROWS.iter().filter(|row| row.need != Need::Public && row.part != Part::Users) {
        for (method, path) in row.endpoints() {
            let answer = answer(&router, request(method.as_str(), &concrete(&path), untouchable())).await;
            assert_eq!(answer.status, 401, "{path}");
        }
    }
}

#[test]
fn the_audit_knows_whom_the_host_names() {
    let gate = gate(Access::Hosted, "", Vec::new());
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.extensions.insert(FromHost { username: Some("alice".to_owned()) });
    assert_eq!(gate.actor(&Principal::Anyone, &parts, "op").username.as_deref(), Some("alice"));
}
