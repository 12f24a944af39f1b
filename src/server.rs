//! The server: every role's routes in one application, opened in order and closed in order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Service;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use anyhow::{Context, anyhow, bail, ensure};
use isoloir_booth::Booth;
use isoloir_collector::{Collector, TokenIssuer};
use isoloir_issuer::{Issuer, ProxySecret};
use isoloir_office::Office;
use isoloir_survey::Calendar;
use isoloir_web::{TrustedProxy, give_up_body, head_as_get, log_request, security_headers};
use tokio::sync::watch;

use crate::cli::{Config, Role};
use crate::home::{Home, home_route};
use crate::installation::{Installation, LocalIssuer, check_keys};
use crate::names::Addresses;
use crate::refusals::{PagesOrigin, keep_other_sites_out, no_route};
use crate::remote_issuer::RemoteIssuer;
use crate::stop::{Signals, stop_when_asked, told_to_come_back};

/// How often the server looks for what another process did that residents must see: a survey was closed, or results were
/// withdrawn, since something is wrong with them.
const WATCH_PERIOD: Duration = Duration::from_secs(5);
/// How long requests that are under way may take after a stop is asked for.
const SHUTDOWN_TIMEOUT_S: u64 = 30;
/// Shortest secret that issuer and collector may share.
const MIN_SECRET_BYTES: usize = 32;

/// A server that has its address but does not answer yet.
pub(crate) struct Listening {
    listener: TcpListener,
    /// The names under which it will be known.
    pub(crate) addresses: Addresses,
}

impl Listening {
    /// Takes the address. Without a public address, residents are on this machine.
    pub(crate) fn bind(config: &Config) -> anyhow::Result<Self> {
        let listen = config.listen;
        let listener = TcpListener::bind(listen).map_err(|error| {
            anyhow!("impossible d’écouter sur {listen} : {error} ; choisissez une autre adresse avec --listen")
        })?;
        let local = listener.local_addr()?;
        let local_url = format!("http://{local}");
        let public_url = config.public_url.as_deref();
        ensure!(
            public_url.is_some() || !local.ip().is_unspecified(),
            "en écoutant sur {local}, il faut dire l’adresse que les habitants verront : --public-url https://sante.exemple.fr"
        );
        let addresses = Addresses::new(public_url.unwrap_or(&local_url), config.issuer_url.as_deref())?;
        Ok(Self { listener, addresses })
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }
}

/// The roles of one process: an issuer, a collector with the office, or both.
pub(crate) struct Roles {
    pub(crate) issuer: Option<Arc<Issuer>>,
    pub(crate) ballots: Option<Ballots>,
}

/// What the collector's process holds.
pub(crate) struct Ballots {
    pub(crate) collector: Arc<Collector>,
    pub(crate) office: Arc<Office>,
}

impl Roles {
    pub(crate) async fn open(
        config: &Config,
        installation: &Installation,
        addresses: &Addresses,
        calendar: &Arc<dyn Calendar>,
    ) -> anyhow::Result<Self> {
        let names = &addresses.names;
        installation.check_separation(config.role)?;
        let issuer = match config.role {
            Role::All | Role::Issuer => Some(Arc::new(installation.issuer().await?)),
            Role::Collector => None,
        };
        let proxy: Option<Arc<dyn TokenIssuer>> = match (&issuer, names.issuer_url.as_deref()) {
            (Some(issuer), _) => {
                Some(Arc::new(LocalIssuer { issuer: Arc::clone(issuer), calendar: Arc::clone(calendar) }))
            }
            (None, Some(url)) => Some(Arc::new(RemoteIssuer::new(url, &proxy_secret(config)?)?)),
            (None, None) => bail!("le rôle « collector » demande l’adresse de l’émetteur : --issuer-url"),
        };
        let ballots = match config.role {
            Role::Issuer => None,
            Role::All | Role::Collector => Some(Ballots {
                collector: Arc::new(installation.collector(names, proxy, calendar).await?),
                office: Arc::new(installation.office_to_serve(&addresses.public_url).await?),
            }),
        };
        let roles = Self { issuer, ballots };
        if let (Some(issuer), Some(ballots)) = (&roles.issuer, &roles.ballots) {
            check_keys(issuer, ballots.collector.surveys())?;
        }
        Ok(roles)
    }

    /// Ends each role: the collector answers what it accepted; the others then have nothing to do.
    pub(crate) async fn close(self) {
        if let Some(Ballots { collector, office }) = self.ballots {
            if let Some(collector) = last_handle(collector).await {
                collector.close().await;
            }
            office.close().await;
        }
        if let Some(issuer) = self.issuer
            && let Some(issuer) = last_handle(issuer).await
        {
            issuer.close().await;
        }
    }
}

/// Waits until the server's threads have let go: they end a little after the server does.
async fn last_handle<T>(mut shared: Arc<T>) -> Option<T> {
    for _ in 0..200 {
        match Arc::try_unwrap(shared) {
            Ok(last) => return Some(last),
            Err(still_shared) => shared = still_shared,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::error!("une base est encore utilisée et n’a pas été fermée");
    None
}

/// The secret that issuer and collector share.
fn proxy_secret(config: &Config) -> anyhow::Result<Vec<u8>> {
    use std::os::unix::fs::PermissionsExt;
    let path = config.proxy_secret.as_deref().context(
        "des rôles séparés demandent un secret partagé : --proxy-secret FICHIER (le même des deux côtés, mode 600, \
         par exemple fait par « openssl rand -hex 32 »)",
    )?;
    let read = || -> std::io::Result<(u32, Vec<u8>)> {
        Ok((std::fs::metadata(path)?.permissions().mode() & 0o777, std::fs::read(path)?))
    };
    let (mode, secret) = read().with_context(|| format!("impossible de lire {}", path.display()))?;
    ensure!(mode.trailing_zeros() >= 6, "{} : d’autres comptes peuvent le lire ; faites « chmod 600 »", path.display());
    // Editors end files with a line break, which is no part of the secret.
    let secret = secret.trim_ascii().to_vec();
    ensure!(
        secret.len() >= MIN_SECRET_BYTES && secret.iter().all(u8::is_ascii_graphic),
        "{} : le secret partagé doit être un texte d’au moins {MIN_SECRET_BYTES} caractères, sans espace ni accent, \
         par exemple fait par « openssl rand -hex 32 »",
        path.display()
    );
    Ok(secret)
}

/// Serves until a signal asks to stop, then finishes what is under way.
pub(crate) async fn serve(
    config: &Config,
    listening: Listening,
    roles: Roles,
    calendar: Arc<dyn Calendar>,
    on_ready: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Listening { listener, addresses } = listening;
    let issuer = roles.issuer.map(Data::from);
    let ballots = roles.ballots.map(|ballots| (Data::from(ballots.collector), Data::from(ballots.office)));
    let pages = ballots
        .as_ref()
        .map(|(collector, office)| (Data::new(Booth::new(collector)), Data::new(Home::new(collector, office))));
    let calendar: Data<dyn Calendar> = Data::from(calendar);
    let trusted_proxy = config.trusted_proxy.map(|address| Data::new(TrustedProxy(address)));
    // Only an issuer that stands alone is called from another site, and by no other than the residents' pages.
    let is_issuer_alone = issuer.is_some() && ballots.is_none();
    let secret = if is_issuer_alone { Some(Data::new(ProxySecret::new(&proxy_secret(config)?))) } else { None };
    let signals = Signals::listen()?;
    let (end_patience, patience) = watch::channel(());
    let pages_origin = Data::new(PagesOrigin(addresses.public_url.clone()));
    let application = {
        let (issuer, ballots, pages) = (issuer.clone(), ballots.clone(), pages.clone());
        move || {
            let cors = Cors::default()
                .allowed_origin(&addresses.public_url)
                .allowed_methods(["GET", "POST"])
                .allowed_headers(["Content-Type", "Invitation-Code"])
                .max_age(3600);
            let patience = patience.clone();
            App::new()
                .wrap(from_fn(keep_other_sites_out))
                .app_data(pages_origin.clone())
                .wrap_fn(|request, routes| routes.call(head_as_get(request)))
                .wrap_fn(move |mut request, routes| {
                    let mut patience = patience.clone();
                    let is_given_up = give_up_body(&mut request, async move {
                        let _ = patience.changed().await;
                    });
                    let reply = routes.call(request);
                    async move { Ok(told_to_come_back(reply.await?, &is_given_up)) }
                })
                .wrap(Condition::new(is_issuer_alone, cors))
                .wrap(security_headers(addresses.names.issuer_url.as_deref()))
                .wrap(from_fn(log_request))
                .app_data(calendar.clone())
                .configure(|app| {
                    if let Some(proxy) = &trusted_proxy {
                        app.app_data(proxy.clone());
                    }
                    if let (Some((collector, office)), Some((booth, home))) = (&ballots, &pages) {
                        app.app_data(collector.clone()).app_data(office.clone());
                        app.app_data(booth.clone()).app_data(home.clone());
                        app.route("/", web::get().to(home_route));
                        app.configure(isoloir_ui::routes).configure(isoloir_booth::routes);
                    }
                    if let Some(issuer) = &issuer {
                        if let Some(secret) = &secret {
                            app.app_data(secret.clone());
                        }
                        app.app_data(issuer.clone()).configure(isoloir_issuer::routes);
                    }
                    if ballots.is_some() {
                        app.configure(isoloir_collector::routes).configure(isoloir_office::routes);
                    }
                })
                .default_service(web::to(no_route))
        }
    };
    if config.trusted_proxy.is_none() && config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        tracing::warn!(
            "derrière un serveur mandataire, donnez son adresse avec --trusted-proxy : sans elle, tous les habitants ont la \
             même adresse, et les erreurs de l’un font attendre les autres"
        );
    }
    let server = HttpServer::new(application)
        .on_connect(|connection, _| {
            // Without this, the last bytes of a small reply wait for an acknowledgement.
            if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
                let _ = stream.set_nodelay(true);
            }
        })
        .shutdown_timeout(SHUTDOWN_TIMEOUT_S)
        .disable_signals()
        .listen(listener)?
        .run();
    let stop = tokio::spawn(stop_when_asked(signals, server.handle(), end_patience));
    let home = pages.as_ref().map(|(_, home)| home.clone());
    let watch = tokio::spawn(watch_changes(issuer.clone(), ballots.clone(), home));
    // The server is polled first, so that whoever reads that it is ready can already ask it to stop.
    let (ended, announced) = tokio::join!(biased; server, async {
        tokio::task::yield_now().await;
        on_ready()
    });
    stop.abort();
    watch.abort();
    let ballots =
        ballots.map(|(collector, office)| Ballots { collector: collector.into_inner(), office: office.into_inner() });
    Roles { issuer: issuer.map(Data::into_inner), ballots }.close().await;
    ended?;
    announced
}

/// Looks for what another process did, as long as the server runs.
async fn watch_changes(
    issuer: Option<Data<Issuer>>,
    ballots: Option<(Data<Collector>, Data<Office>)>,
    home: Option<Data<Home>>,
) {
    let mut period = tokio::time::interval(WATCH_PERIOD);
    loop {
        period.tick().await;
        if let Some(issuer) = &issuer
            && let Err(error) = issuer.notice_closings().await
        {
            tracing::warn!("la base de l’émetteur ne se lit pas : {error} ; une clôture ne sera pas remarquée");
        }
        if let (Some((collector, office)), Some(home)) = (&ballots, &home) {
            home.notice_changes(collector, office).await;
        }
    }
}
