//! The process, under the names that Prometheus' own libraries give it. Where there is no `/proc`, only its start is told.

use crate::sources::{counter, gauge};
use model::Millis;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

#[derive(Debug)]
pub(crate) struct Process {
    /// Seconds since 1970.
    started: f64,
}

impl Process {
    pub(crate) fn started_at(now: Millis) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit 53 bits")]
        let started = now as f64 / 1000.0;
        Self { started }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "When the process began to serve, in seconds since 1970";
        gauge(&mut encoder, "process_start_time_seconds", help, self.started)?;
        if let Some(seconds) =
            std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| cpu_seconds(&stat))
        {
            let help = "Time on a processor, of the user and of the system";
            counter(&mut encoder, "process_cpu_seconds", help, seconds)?;
        }
        if let Some((all, resident)) =
            std::fs::read_to_string("/proc/self/statm").ok().and_then(|statm| memory_bytes(&statm))
        {
            gauge(&mut encoder, "process_virtual_memory_bytes", "Memory that is mapped", all)?;
            gauge(&mut encoder, "process_resident_memory_bytes", "Memory that is in use", resident)?;
        }
        if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
            // One of them is what reads the folder.
            let open = open.count().saturating_sub(1) as u64;
            gauge(&mut encoder, "process_open_fds", "Open files and sockets", open)?;
        }
        Ok(())
    }
}

/// From `/proc/self/stat`: fields 14 and 15 of proc_pid_stat(5). The name of the program before them may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let ticks: u64 = times.next()?.parse::<u64>().ok()?.checked_add(times.next()?.parse().ok()?)?;
    #[expect(clippy::cast_precision_loss, reason = "a hundredth of a second is exact for millions of years")]
    let seconds = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Some(seconds)
}

/// From `/proc/self/statm`: all memory, and what is resident.
fn memory_bytes(statm: &str) -> Option<(u64, u64)> {
    let page = rustix::param::page_size() as u64;
    let mut pages = statm.split_ascii_whitespace().map(|field| field.parse::<u64>().ok()?.checked_mul(page));
    Some((pages.next()??, pages.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stand_behind_a_name_that_may_hold_anything() {
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 2 0 0 0 150 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(cpu_seconds(stat), Some(200.0 / ticks));
        assert_eq!(cpu_seconds("7 (a) S 1"), None);
        assert_eq!(cpu_seconds(""), None);
    }

    #[test]
    fn memory_is_counted_in_pages() {
        let page = rustix::param::page_size() as u64;
        assert_eq!(memory_bytes("10 3 2 1 0 5 0"), Some((10 * page, 3 * page)));
        assert_eq!(memory_bytes("10"), None);
        assert_eq!(memory_bytes("x y"), None);
    }
}
