//! The command that people type; also the detached sender, the local page and the collector.

fn main() -> std::process::ExitCode {
    onramp_analytics::cli::main()
}
