//! The content types of JSON bodies and of forms.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use model::Error;

/// Whether a body is declared as JSON, as MLflow 3.17 `server/validation.py` checks POST and PUT requests, whether they
/// have a body or not. (It checks no PATCH and no DELETE: no browser sends one across origins without a preflight.)
/// This is what keeps a form on another site, which can only send `text/plain` and form types, from calling the API.
///
/// The part before the first `;` must be exactly `application/json`, in this case, without space.
///
/// # Errors
/// `INVALID_PARAMETER_VALUE` in MLflow's words.
pub fn json_content_type(headers: &HeaderMap) -> Result<(), Error> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = values.next() else {
        return Err(Error::invalid("Bad Request. Content-Type header is missing."));
    };
    let media_type = value.as_bytes().split(|byte| *byte == b';').next();
    if media_type != Some(b"application/json") || values.next().is_some() {
        return Err(Error::invalid("Bad Request. Content-Type must be one of ['application/json']."));
    }
    Ok(())
}

/// Whether a body is declared as a form, in any case and with any parameters: what browsers send for one.
///
/// # Errors
/// `INVALID_PARAMETER_VALUE` in MLflow's words.
pub fn form_content_type(headers: &HeaderMap) -> Result<(), Error> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let media_type = values.next().and_then(|value| value.as_bytes().split(|byte| *byte == b';').next());
    let is_form = media_type
        .is_some_and(|text| text.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded"));
    if is_form && values.next().is_none() {
        return Ok(());
    }
    Err(Error::invalid("Invalid content type. Must be application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(values: &[&str]) -> Result<(), Error> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_TYPE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        json_content_type(&headers)
    }

    /// Each answer is that of `mlflow server` 3.17.2 to a POST of experiments/search.
    #[test]
    fn json_alone_is_a_json_body() {
        for accepted in ["application/json", "application/json; charset=utf-8", "application/json;"] {
            assert_eq!(check(&[accepted]), Ok(()), "{accepted}");
        }
        for refused in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "Application/JSON",
            "application/json ;charset=utf-8",
            "application/json,text/plain",
            ";application/json",
            "application/vnd.api+json",
            "applicatiön/json",
        ] {
            let error = check(&[refused]).unwrap_err();
            assert_eq!(
                error,
                Error::invalid("Bad Request. Content-Type must be one of ['application/json'].")
            );
        }
    }

    #[test]
    fn no_content_type_is_refused_in_its_own_words() {
        assert_eq!(check(&[]), Err(Error::invalid("Bad Request. Content-Type header is missing.")));
    }

    #[test]
    fn two_content_types_are_refused_in_either_order() {
        for values in [["application/json", "text/plain"], ["text/plain", "application/json"]] {
            assert!(check(&values).is_err(), "{values:?}");
        }
    }
}
