//! The path of a request, which must be below the API's URL.

use url::Url;

use crate::error::Error;

/// Splits a path from its query. A full URL is only accepted below the API's URL, as the token is sent along.
pub(super) fn split(text: &str, api: &Url) -> Result<(String, Vec<(String, String)>), Error> {
    let text = text.trim();
    let below = if text.contains("://") || text.starts_with("//") || text.starts_with('\\') {
        below_api(text, api)?
    } else {
        text.to_owned()
    };
    let below = below.split('#').next().unwrap_or_default();
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    if path.trim_matches('/').is_empty() {
        return Err(Error::usage("the path is empty").hint("use a path such as /v2/products"));
    }
    let query = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Ok((resolve(&format!("/{}", path.trim_start_matches('/'))), query))
}

/// The path as it is sent: without `.` and `..`.
fn resolve(path: &str) -> String {
    let base = Url::parse("http://localhost").and_then(|base| base.join(&format!("http://localhost{path}")));
    base.map_or_else(|_| path.to_owned(), |url| url.path().to_owned())
}

/// The part of a URL below the API's URL.
fn below_api(text: &str, api: &Url) -> Result<String, Error> {
    let elsewhere = || {
        Error::usage(format!("'{text}' is not below {api}"))
            .reason("your token would be sent to another host")
            .hint("use a path such as /v2/products, and choose the backend with --env or --api-url")
    };
    let url = Url::parse(text).map_err(|_| elsewhere())?;
    let base = api.path().trim_end_matches('/');
    let own = url.origin() == api.origin() && url.username().is_empty() && url.password().is_none();
    let path = url.path().strip_prefix(base).filter(|path| path.starts_with('/'));
    match (own, path) {
        (true, Some(path)) => Ok(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }),
        _ => Err(elsewhere()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, Vec<(String, String)>)> {
        split(text, &Url::parse("https://api.example/base").unwrap()).ok()
    }

    #[test]
    fn paths_stay_below_the_api() {
        let query = vec![("a".to_owned(), "b c".to_owned())];
        assert_eq!(parts("/v2/x?a=b%20c"), Some(("/v2/x".to_owned(), query.clone())));
        assert_eq!(parts("v2/x#there"), Some(("/v2/x".to_owned(), Vec::new())));
        assert_eq!(parts("https://api.example/base/v2/x?a=b+c"), Some(("/v2/x".to_owned(), query)));
        for wrong in [
            "https://api.example/other/v2",
            "https://api.example/basement",
            "http://api.example/base/v2",
            "https://evil.example/base/v2",
            "https://u:p@api.example/base/v2",
            "//evil.example/v2",
            "\\\\evil.example/v2",
            "/",
            "",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
