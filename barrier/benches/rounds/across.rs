//! Rounds of separate processes over gRPC on loopback, beside Open MPI over TCP.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::median;

/// A worker or a server that goes with the benchmark.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Process {
    /// This program in another role.
    fn start(role: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(role).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let gone = || io::Error::other("a process without its pipes");
        let input = child.stdin.take().ok_or_else(gone)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, input, output })
    }

    fn tell(&mut self, what: &str) -> io::Result<()> {
        writeln!(self.input, "{what}")
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// What it has in memory, in KiB.
    fn resident(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default())
    }
}

/// Microseconds a round of both kinds.
#[derive(Clone, Copy)]
struct Rounds {
    barrier: f64,
    all_gather: f64,
}

impl Rounds {
    fn parse(line: &str) -> io::Result<Self> {
        let mut numbers = line.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(barrier)), Some(Ok(all_gather))) => Ok(Self { barrier, all_gather }),
            _ => Err(io::Error::other(format!("two numbers are wanted, and not {line:?}"))),
        }
    }
}

fn medians(runs: &[Rounds]) -> Rounds {
    let of = |figure: fn(&Rounds) -> f64| {
        median(runs.iter().map(|run| Duration::from_secs_f64(figure(run) / 1e6)).collect()).as_secs_f64()
            * 1e6
    };
    Rounds { barrier: of(|run| run.barrier), all_gather: of(|run| run.all_gather) }
}

pub(crate) fn table(out: &mut impl Write, rounds: u64, repetitions: u64, most: u64) -> io::Result<()> {
    let mpi = compile_mpi()?;
    writeln!(
        out,
        "| processes | contender | `barrier`, microseconds | `all_gather` of 64 bytes | `barrier` against MPI | `all_gather` against MPI |"
    )?;
    writeln!(out, "|---:|---|---:|---:|---:|---:|")?;
    for processes in [32, 256].into_iter().filter(|processes| *processes <= most) {
        // Starting so many processes takes far longer than their rounds.
        let (rounds, repetitions) = if processes > 32 { (rounds / 10, 1) } else { (rounds, repetitions) };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..repetitions {
            ours.push(grpc(processes, rounds)?);
            if let Some(mpi) = &mpi {
                theirs.push(open_mpi(mpi, processes, rounds)?);
            }
        }
        let ours = medians(&ours);
        let Some(peer) = (!theirs.is_empty()).then(|| medians(&theirs)) else {
            writeln!(
                out,
                "| {processes} | barrier over gRPC | {:.0} | {:.0} | | |",
                ours.barrier, ours.all_gather
            )?;
            continue;
        };
        let (met, exchanged) = (ours.barrier / peer.barrier, ours.all_gather / peer.all_gather);
        writeln!(
            out,
            "| {processes} | Open MPI over TCP | {:.0} | {:.0} | 1.00x | 1.00x |",
            peer.barrier, peer.all_gather
        )?;
        writeln!(
            out,
            "| {processes} | barrier over gRPC | {:.0} | {:.0} | {met:.2}x | {exchanged:.2}x |",
            ours.barrier, ours.all_gather
        )?;
        out.flush()?;
    }
    Ok(())
}

fn server() -> io::Result<(Process, String)> {
    let mut server = Process::start("--server", &[])?;
    let address = server.line()?;
    Ok((server, address))
}

/// One process a task, each with a connection of its own.
fn grpc(processes: u64, rounds: u64) -> io::Result<Rounds> {
    let (_server, address) = server()?;
    let mut workers = Vec::new();
    for partition in 0..processes {
        let arguments = [address.clone(), partition.to_string(), processes.to_string(), rounds.to_string()];
        workers.push(Process::start("--worker", &arguments)?);
    }
    let first = workers.first_mut().map(Process::line).transpose()?;
    Rounds::parse(&first.unwrap_or_default())
}

fn compile_mpi() -> io::Result<Option<PathBuf>> {
    let is_there = |program| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there("mpicc") || !is_there("mpirun") {
        return Ok(None);
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rounds/mpi.c");
    let program = std::env::temp_dir().join(format!("mpi-rounds-{}", std::process::id()));
    let compiled = Command::new("mpicc").arg("-O2").arg("-o").arg(&program).arg(source).status()?;
    Ok(compiled.success().then_some(program))
}

fn open_mpi(program: &Path, processes: u64, rounds: u64) -> io::Result<Rounds> {
    let output = Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "--mca", "btl", "self,tcp"])
        .args(["--mca", "btl_tcp_if_include", "lo", "--mca", "mpi_yield_when_idle", "1"])
        .args(["-np", &processes.to_string()])
        .arg(program)
        .arg(rounds.to_string())
        .output()?;
    Rounds::parse(&String::from_utf8_lossy(&output.stdout))
}

/// A round of very many tasks over a few connections: how long it takes, and what each costs the coordinator.
pub(crate) fn crowd(out: &mut impl Write, tasks: u64, connections: u64) -> io::Result<()> {
    let (mut server, address) = server()?;
    let mut workers = Vec::new();
    for number in 0..connections {
        let arguments = [address.clone(), number.to_string(), connections.to_string(), tasks.to_string()];
        workers.push(Process::start("--crowd", &arguments)?);
    }
    all_say(&mut workers, "ready")?;
    let before = server.resident()?;
    let begun = Instant::now();
    tell_all(&mut workers, "go")?;
    all_say(&mut workers, "done")?;
    let took = begun.elapsed();
    // Once more, with all but one of them there: what they cost while they wait.
    tell_all(&mut workers, "go but one")?;
    loop {
        server.tell("arrived?")?;
        if server.line()? == (tasks - 1).to_string() {
            break;
        }
        std::thread::yield_now();
    }
    let each = (server.resident()? - before) as f64 * 1024.0 / tasks as f64;
    tell_all(&mut workers, "go on")?;
    all_say(&mut workers, "done")?;
    writeln!(
        out,
        "| tasks | connections | first round, seconds | memory of the coordinator a task, bytes |"
    )?;
    writeln!(out, "|---:|---:|---:|---:|")?;
    writeln!(out, "| {tasks} | {connections} | {:.2} | {each:.0} |", took.as_secs_f64())
}

fn tell_all(workers: &mut [Process], what: &str) -> io::Result<()> {
    workers.iter_mut().try_for_each(|worker| worker.tell(what))
}

fn all_say(workers: &mut [Process], what: &str) -> io::Result<()> {
    for worker in workers {
        let said = worker.line()?;
        if said != what {
            return Err(io::Error::other(format!("a worker was to say {what:?}, and said {said:?}")));
        }
    }
    Ok(())
}
