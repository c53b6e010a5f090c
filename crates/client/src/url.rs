//! Addresses of nodes without what gives access to them: many hide a key in the path, in the query or in front of
//! the host.

/// `url` as it may be shown: scheme and host; of anything beyond that only that there is something, as `…`.
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, beyond) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => ("…@", host),
        None => ("", authority),
    };
    let beyond = if ["", "/"].contains(&beyond) { "" } else { "/…" };
    format!("{scheme}://{user}{host}{beyond}")
}

/// `text` with every address of a node in it as [`shown`].
pub fn without_secrets(text: &str) -> String {
    const SCHEMES: [&str; 4] = ["http://", "https://", "ws://", "wss://"];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = SCHEMES.iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, found) = rest.split_at(start);
        let is_over = |character: char| character.is_whitespace() || "\"'`<>()".contains(character);
        let (url, after) = found.split_at(found.find(is_over).unwrap_or(found.len()));
        clean.push_str(before);
        clean.push_str(&shown(url));
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_path_query_and_user() {
        for (url, expected) in [
            ("http://127.0.0.1:8899", "http://127.0.0.1:8899"),
            ("http://127.0.0.1:8899/", "http://127.0.0.1:8899"),
            ("https://api.devnet.solana.com", "https://api.devnet.solana.com"),
            ("https://rpc.example.com/?api-key=SECRET", "https://rpc.example.com/…"),
            ("https://rpc.example.com?api-key=SECRET", "https://rpc.example.com/…"),
            ("https://rpc.example.com/v2/SECRET", "https://rpc.example.com/…"),
            ("https://rpc.example.com#SECRET", "https://rpc.example.com/…"),
            ("https://user:SECRET@rpc.example.com:443/", "https://…@rpc.example.com:443"),
            ("https://SE@CRET@rpc.example.com/SECRET", "https://…@rpc.example.com/…"),
            ("SECRET", "…"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn an_address_within_a_text_loses_its_secrets_and_the_text_stays() {
        let text =
            "error sending request for url (https://u:p@rpc.example.com/SECRET?x=1): refused; see wss://a/b";
        let expected = "error sending request for url (https://…@rpc.example.com/…): refused; see wss://a/…";
        assert_eq!(without_secrets(text), expected);
        assert_eq!(without_secrets("no address"), "no address");
    }
}
