//! Answers that are written while they are read. Between two pieces no thread is held, and a view of the database only while
//! nobody else needs it: a client that doesn't read keeps nothing from others.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::sandbox::app::{App, Call};
use crate::sandbox::domain::session::{Caller, Session};
use crate::sandbox::refusal::Answer;

/// The size of a piece, in bytes.
pub(crate) const PIECE_BYTES: usize = 32 * 1024;

/// Writes a response in pieces.
pub(crate) trait Pieces: Send + 'static {
    /// Writes the next piece, of some [`PIECE_BYTES`]; answers whether more is to come.
    fn write(&mut self, session: &Session<'_>, piece: &mut Vec<u8>) -> Answer<bool>;
}

/// A piece and the writer of the next one.
struct Written<P> {
    piece: Vec<u8>,
    more: bool,
    pieces: P,
    view: View,
}

/// Answers with JSON in pieces. Whoever may not read is refused before the first byte; a failure after it cuts the answer off, so that
/// nobody takes a part for the whole. All of it is as the database was when it began, unless the client stops reading while
/// others wait for a view: the rest is then as it is later.
pub(crate) async fn answer(call: Call, pieces: impl Pieces) -> Answer<Response> {
    let mut response = body(call, pieces).await?.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

async fn body(call: Call, pieces: impl Pieces) -> Answer<Body> {
    let call = Arc::new(call);
    let first = write_next(&call, None, pieces).await?;
    if !first.more {
        return Ok(Body::from(first.piece));
    }
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        if let Err(refusal) = send_all(&call, first, &sender).await {
            // The reader may be gone.
            let _ = sender.send(Err(io::Error::other(refusal.message))).await;
        }
    });
    Ok(Body::from_stream(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    })))
}

async fn send_all<P: Pieces>(
    call: &Arc<Call>,
    mut written: Written<P>,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> Answer<()> {
    loop {
        let Written { piece, more, pieces, view } = written;
        let mut view = more.then_some(view);
        let mut reserving = pin!(sender.reserve());
        let place = tokio::select! {
            biased;
            place = &mut reserving => place,
            () = call.app.turns.view_is_wanted() => {
                view = None;
                reserving.await
            }
        };
        let Ok(place) = place else { return Ok(()) };
        place.send(Ok(Bytes::from(piece)));
        if !more {
            return Ok(());
        }
        written = write_next(call, view, pieces).await?;
    }
}

async fn write_next<P: Pieces>(call: &Arc<Call>, view: Option<View>, mut pieces: P) -> Answer<Written<P>> {
    let view = match view {
        Some(view) => Ok(view),
        None => Err(call.app.turns.view().await),
    };
    let held = Arc::clone(call);
    let write = move || {
        let view = view.or_else(|turn| View::open(&held, turn))?;
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 2);
        let more = pieces.write(&view.session(), &mut piece)?;
        Ok(Written { piece, more, pieces, view })
    };
    call.app.in_reader_turn(write).await
}

/// A consistent view of the database for a caller.
struct View {
    reader: Reader,
    caller: Caller,
    now_ms: i64,
    _turn: OwnedSemaphorePermit,
}

impl View {
    fn open(call: &Call, turn: OwnedSemaphorePermit) -> Answer<View> {
        let mut connection = call.app.store.reader()?;
        let now_ms = call.catch_up(&mut connection)?;
        connection.execute_batch("BEGIN")?;
        let reader = Reader { app: call.app.clone(), connection: Some(connection) };
        let caller = call.caller(reader.connection(), now_ms)?;
        Ok(View { reader, caller, now_ms, _turn: turn })
    }

    fn session(&self) -> Session<'_> {
        Session {
            transaction: self.reader.connection(),
            caller: self.caller.clone(),
            now_ms: self.now_ms,
            deploy_ms: self.reader.app.deploy_ms,
        }
    }
}

/// A connection with an open transaction, ended on drop.
struct Reader {
    app: App,
    connection: Option<Connection>,
}

impl Reader {
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("only its drop takes it")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.app.store.give_back(connection);
        }
    }
}
