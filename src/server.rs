//! The server: every role's routes in one application, opened in order and closed in order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context, bail};
use isoloir_booth::Booth;
use isoloir_collector::Collector;
use isoloir_issuer::Issuer;
use isoloir_office::Office;
use isoloir_survey::Calendar;
use isoloir_ui::{StaticBody, message_page};
use isoloir_web::{Problem, log_request, security_headers};

use crate::home::home_page;
use crate::installation::{Installation, ServerNames};

const HTML: &str = "text/html; charset=utf-8";
/// How long requests that are under way may take after a stop is asked for.
const SHUTDOWN_TIMEOUT_S: u64 = 30;

/// A server that has its address but does not answer yet.
pub(crate) struct Listening {
    listener: TcpListener,
    /// The names under which it will be known.
    pub(crate) names: ServerNames,
}

impl Listening {
    /// Takes the address. Without a public address, residents are on this machine.
    pub(crate) fn bind(listen: SocketAddr, public_url: Option<&str>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen).with_context(|| {
            format!("impossible d’écouter sur {listen} ; choisissez une autre adresse avec --listen")
        })?;
        let local = listener.local_addr()?;
        let names = match public_url {
            Some(url) => ServerNames::from_public_url(url)?,
            None if local.ip().is_unspecified() => bail!(
                "en écoutant sur {local}, il faut dire l’adresse que les habitants verront : --public-url https://sante.exemple.fr"
            ),
            None => ServerNames::from_public_url(&format!("http://{local}"))?,
        };
        Ok(Self { listener, names })
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }
}

/// The roles of one process.
pub(crate) struct Roles {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) collector: Arc<Collector>,
    pub(crate) office: Arc<Office>,
}

impl Roles {
    pub(crate) async fn open(
        installation: &Installation,
        names: &ServerNames,
        calendar: &Arc<dyn Calendar>,
    ) -> anyhow::Result<Self> {
        let issuer = Arc::new(installation.issuer().await?);
        let collector = Arc::new(installation.collector(names, Some(Arc::clone(&issuer)), calendar).await?);
        let office = Arc::new(installation.office().await?);
        Ok(Self { issuer, collector, office })
    }

    /// Ends each role: the collector answers what it accepted and mixes what waits; the others then have nothing to do.
    pub(crate) async fn close(self) {
        let Self { issuer, collector, office } = self;
        if let Ok(collector) = Arc::try_unwrap(collector) {
            collector.close().await;
        } else {
            tracing::error!("the collector is still in use and was not closed");
        }
        if let Ok(issuer) = Arc::try_unwrap(issuer) {
            issuer.close().await;
        }
        office.close().await;
    }
}

/// Serves until a signal asks to stop, then finishes what is under way.
pub(crate) async fn serve(
    listening: Listening,
    roles: Roles,
    calendar: Arc<dyn Calendar>,
    on_ready: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (issuer, collector, office) = (Data::from(roles.issuer), Data::from(roles.collector), Data::from(roles.office));
    let booth = Data::new(Booth::new(&collector));
    let home = Data::new(StaticHome::new(&collector, &office));
    let calendar: Data<dyn Calendar> = Data::from(calendar);
    let application = {
        let (issuer, collector, office) = (issuer.clone(), collector.clone(), office.clone());
        move || {
            App::new()
                .wrap(security_headers())
                .wrap(from_fn(log_request))
                .app_data(issuer.clone())
                .app_data(collector.clone())
                .app_data(office.clone())
                .app_data(booth.clone())
                .app_data(home.clone())
                .app_data(calendar.clone())
                .route("/", web::get().to(home_route))
                .configure(isoloir_ui::routes)
                .configure(isoloir_booth::routes)
                .configure(isoloir_issuer::routes)
                .configure(isoloir_collector::routes)
                .configure(isoloir_office::routes)
                .default_service(web::to(not_found))
        }
    };
    let server = HttpServer::new(application)
        .on_connect(|connection, _| {
            // Without this, the last bytes of a small reply wait for an acknowledgement.
            if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
                let _ = stream.set_nodelay(true);
            }
        })
        .shutdown_timeout(SHUTDOWN_TIMEOUT_S)
        .listen(listening.listener)?
        .run();
    // The server is polled first, so that whoever reads that it is ready can already ask it to stop.
    let (served, announced) = tokio::join!(biased; server, async {
        tokio::task::yield_now().await;
        on_ready()
    });
    let roles = Roles { issuer: issuer.into_inner(), collector: collector.into_inner(), office: office.into_inner() };
    roles.close().await;
    served?;
    announced
}

/// The front page, rendered when the server starts; a survey that closes meanwhile says so on its own page.
struct StaticHome(StaticBody);

impl StaticHome {
    fn new(collector: &Collector, office: &Office) -> Self {
        Self(StaticBody::new(HTML, "no-cache", home_page(collector, office).into_string()))
    }
}

async fn home_route(home: Data<StaticHome>, request: actix_web::HttpRequest) -> HttpResponse {
    home.0.respond(&request)
}

async fn not_found() -> HttpResponse {
    let problem = Problem::not_found();
    let page = message_page(problem.title(), problem.detail(), ("/", "Aller à l’accueil"));
    HttpResponse::NotFound().content_type(HTML).body(page.into_string())
}
