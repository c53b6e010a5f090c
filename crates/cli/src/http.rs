//! Reading what strangers answer over HTTP.

use reqwest::{Error, Response};

/// The body, unless it has more than `most` bytes. Errors name no URL: it may have secrets.
pub async fn body(mut answer: Response, most: usize) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(Error::without_url)? {
        if bytes.len().saturating_add(part.len()) > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(Some(bytes))
}
