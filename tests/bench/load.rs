//! A load generator that costs little beside the server that it loads, since both share the machine: requests are bytes made
//! beforehand, connections stay open, and one thread drives them all.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::per_second;

/// What came back.
pub(crate) struct Measured {
    /// Replies per second.
    pub(crate) rate: f64,
    /// Half of the replies were quicker than this.
    pub(crate) p50: Duration,
    /// All but one in a hundred were quicker than this.
    pub(crate) p99: Duration,
    /// How many replies of each status there were.
    pub(crate) statuses: BTreeMap<u16, usize>,
}

/// What the clients share: requests not yet sent, and what came back.
struct Shared<'a> {
    requests: RefCell<Box<dyn Iterator<Item = Vec<u8>> + 'a>>,
    latencies: RefCell<Vec<Duration>>,
    statuses: RefCell<BTreeMap<u16, usize>>,
    ended: Cell<Instant>,
}

/// Sends the requests over `clients` connections, each of which sends its next one when it has the reply to its last.
pub(crate) fn load(address: SocketAddr, clients: usize, requests: Vec<Vec<u8>>) -> Measured {
    // A thread of its own, since the caller's may be driving another runtime.
    std::thread::scope(|scope| scope.spawn(|| drive(address, clients, requests)).join().expect("no panic"))
}

fn drive(address: SocketAddr, clients: usize, requests: Vec<Vec<u8>>) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let count = requests.len();
    let shared = Rc::new(Shared {
        requests: RefCell::new(Box::new(requests.into_iter())),
        latencies: RefCell::new(Vec::with_capacity(count)),
        statuses: RefCell::default(),
        ended: Cell::new(Instant::now()),
    });
    let started = LocalSet::new().block_on(&runtime, async {
        let mut streams = Vec::new();
        for _ in 0..clients {
            let stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            streams.push(stream);
        }
        let started = Instant::now();
        let tasks: Vec<_> =
            streams.into_iter().map(|stream| tokio::task::spawn_local(client(stream, Rc::clone(&shared)))).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        started
    });
    let mut latencies = shared.latencies.take();
    assert_eq!(latencies.len(), count, "every request has its reply");
    latencies.sort_unstable();
    Measured {
        rate: per_second(count, shared.ended.get() - started),
        p50: latencies[count / 2],
        p99: latencies[count * 99 / 100],
        statuses: shared.statuses.take(),
    }
}

async fn client(mut stream: TcpStream, shared: Rc<Shared<'static>>) {
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let Some(request) = shared.requests.borrow_mut().next() else { return };
        let sent = Instant::now();
        stream.write_all(&request).await.expect("the server listens");
        let status = read_reply(&mut stream, &mut buffer).await;
        let now = Instant::now();
        shared.latencies.borrow_mut().push(now - sent);
        *shared.statuses.borrow_mut().entry(status).or_default() += 1;
        shared.ended.set(now);
    }
}

/// Reads one reply to its end, and says its status.
async fn read_reply(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    let mut awaited = None;
    while awaited.is_none_or(|length| buffer.len() < length) {
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        if awaited.is_none() {
            let head = buffer.windows(4).position(|window| window == b"\r\n\r\n");
            awaited = head.map(|head| head + 4 + body_length(&buffer[..head]));
        }
    }
    assert_eq!(awaited, Some(buffer.len()), "one reply for one request");
    let status = buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    status.and_then(|digits| digits.parse().ok()).expect("a status")
}

fn body_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("headers are ASCII");
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.expect("a length")
}
