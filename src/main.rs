//! Collects what the process was given and exits with the code the library answers.

use std::process::ExitCode;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let environment = portgate::ProcessEnvironment::from_process();
    ExitCode::from(portgate::run(std::env::args_os(), environment))
}
