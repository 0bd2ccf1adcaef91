//! Requests to addresses that others name: they reach only public addresses over https.
//!
//! The check of a name belongs to the resolver of the connection itself, so the connection goes to the address that was checked:
//! a name that resolves to another address a moment later cannot go around it. An address written as numbers needs no resolver,
//! and is checked before the connection.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{WireError, address::not_public, classify};

/// Marks a request that may reach only public addresses. It is an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicOnly;

/// A request to a public address got no usable reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicError {
    /// The address must not be reached: it is not https, or not public. Nothing was sent.
    #[error("the address is not public: {0}")]
    NotPublic(String),
    /// The request failed on its way; the error says whether it may have been carried out.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// An address that must not be reached. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotPublic(pub(super) String);

/// Refuses an address that is not https, and one that is written as numbers and is not public.
pub(super) fn check_url(url: &str) -> Result<(), PublicError> {
    let url = Url::parse(url).map_err(|error| PublicError::NotPublic(error.to_string()))?;
    if url.scheme() != "https" {
        return Err(PublicError::NotPublic(format!("the scheme is {}, not https", url.scheme())));
    }
    match url.host() {
        Some(Host::Domain(_)) => Ok(()),
        Some(Host::Ipv4(address)) => check(address.into()).map_err(PublicError::from),
        Some(Host::Ipv6(address)) => check(address.into()).map_err(PublicError::from),
        None => Err(PublicError::NotPublic("it has no host".to_owned())),
    }
}

fn check(address: IpAddr) -> Result<(), NotPublic> {
    not_public(address).map_or(Ok(()), |why| Err(NotPublic(why.to_owned())))
}

impl From<NotPublic> for PublicError {
    fn from(NotPublic(why): NotPublic) -> Self {
        Self::NotPublic(why)
    }
}

/// The error of a connector, in which a refusal of the resolver is found again.
pub(super) fn classify_public(error: ConnectorError) -> PublicError {
    let refusal = error.source().and_then(|source| source.downcast_ref::<NotPublic>());
    match refusal {
        Some(NotPublic(why)) => PublicError::NotPublic(why.clone()),
        None => PublicError::Wire(classify(error)),
    }
}

/// The addresses of a name, as a resolver finds them.
type Found = BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

/// A resolver that gives the addresses of a name if all of them are public. A name of which one address is not public is refused
/// as a whole.
pub(super) struct PublicResolver {
    lookup: fn(String) -> Found,
}

impl PublicResolver {
    /// The resolver of the operating system, with the check.
    pub(super) fn system() -> Self {
        Self { lookup: |name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }) }
    }
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let addresses = found.await?;
            addresses.iter().try_for_each(|address| check(address.ip()))?;
            let checked: Addrs = Box::new(addresses.into_iter());
            Ok(checked)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::get;
    use crate::wire::Wire;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn whatever_the_spelling_of_an_address_it_is_the_address_that_counts() {
        for refused in [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:video/mp4,x",
            "/x.mp4",
            "https://",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://tempfile.aiquickdraw.com@10.0.0.1/",
            "https://tempfile.aiquickdraw.com:x@10.0.0.1:443/",
            "https:\\\\10.0.0.1\\x",
            "https://8.8.8.8\\@10.0.0.1.x",
            "https://10.0.0.1:22/",
        ] {
            let checked = check_url(refused);
            let is_public = refused == "https://8.8.8.8\\@10.0.0.1.x";
            assert_eq!(checked.is_ok(), is_public, "{refused}: {checked:?}");
        }
        for public in [
            "https://8.8.8.8/",
            "https://134744072/",
            "https://[2606:4700::1111]:8443/",
            "https://example.com.:22/x",
            "https://user:word@example.com/",
            "https://пример.рф/x.mp4",
            "HTTPS://EXAMPLE.COM",
        ] {
            assert_eq!(check_url(public), Ok(()), "{public}");
        }
    }

    fn resolver(lookup: fn(String) -> Found) -> PublicResolver {
        PublicResolver { lookup }
    }

    fn of(addresses: &[&str]) -> Found {
        let found = addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    async fn resolved(resolver: &PublicResolver) -> Result<Vec<String>, String> {
        let resolved = resolver.resolve("films.example".parse().unwrap()).await;
        resolved.map(|all| all.map(|it| it.ip().to_string()).collect()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_is_resolved_only_if_all_its_addresses_are_public() {
        let public = resolver(|_| of(&["8.8.8.8", "2606:4700::1111"]));
        assert_eq!(resolved(&public).await.unwrap(), ["8.8.8.8", "2606:4700::1111"]);
        let mixed = resolver(|_| of(&["8.8.8.8", "10.0.0.1"]));
        assert_eq!(resolved(&mixed).await.unwrap_err(), "private use (RFC 1918)");
        let unresolved = resolver(|_| Box::pin(std::future::ready(Err(io::Error::other("no such name")))));
        assert_eq!(resolved(&unresolved).await.unwrap_err(), "no such name");
    }

    #[tokio::test]
    async fn a_name_is_checked_each_time_it_is_resolved() {
        static TIMES: AtomicUsize = AtomicUsize::new(0);
        let rebound = resolver(|_| of(if TIMES.fetch_add(1, Ordering::Relaxed) == 0 { &["8.8.8.8"] } else { &["127.0.0.1"] }));
        assert!(resolved(&rebound).await.is_ok());
        assert_eq!(resolved(&rebound).await.unwrap_err(), "loopback (RFC 1122)");
    }

    #[tokio::test]
    async fn over_the_real_network_no_connection_is_made_to_a_name_or_number_of_this_machine() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Wire::internet().unwrap();
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
            let error = wire.send_to_public(get(&format!("https://{host}:{port}/x?token=T")), LIMIT).await.unwrap_err();
            assert!(matches!(error, PublicError::NotPublic(_)), "{host}: {error}");
            assert!(!error.to_string().contains("token"), "{error}");
        }
        // The same wire reaches the machine for a request that is not limited to public addresses: only TLS fails.
        let hung_up = async { drop(listener.accept().await.unwrap()) };
        let (answer, ()) = tokio::join!(wire.send(get(&format!("https://localhost:{port}/")), LIMIT), hung_up);
        assert!(matches!(answer, Err(WireError::NotSent(_))));
        let again = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(again.is_err(), "a refused request made a connection");
    }
}
