use super::*;
use model::SystemEntropy;
use proptest::prelude::*;

const NOW: Millis = 1_700_000_000_000;

fn throttle(account: u32, address: u32) -> Throttle {
    Throttle::new(FailureLimits { account, address }, &SystemEntropy)
}

fn at(address: &str) -> Network {
    Network::of(Some(address.parse().unwrap()))
}

fn home() -> Network {
    at("10.0.0.1")
}

/// A login with a wrong password: whether it was let through.
fn fails(throttle: &Throttle, username: &str, network: Network, now: Millis) -> Result<(), Throttled> {
    throttle.admit(username, network, now).map(drop)
}

fn logs_in(throttle: &Throttle, username: &str, network: Network, now: Millis) -> Result<(), Throttled> {
    let ticket = throttle.admit(username, network, now)?;
    throttle.succeeded(&ticket, now);
    Ok(())
}

/// As many failures as are let through.
fn hammer(throttle: &Throttle, username: &str, network: Network, now: Millis) -> usize {
    (0..10_000).take_while(|_| fails(throttle, username, network, now).is_ok()).count()
}

#[test]
fn an_account_fails_ten_times_at_an_address_and_then_once_in_six_seconds() {
    let throttle = Throttle::new(FailureLimits::default(), &SystemEntropy);
    assert_eq!(hammer(&throttle, "alice", home(), NOW), 10);
    assert_eq!(fails(&throttle, "alice", home(), NOW), Err(Throttled { retry_after: 6 }));
    assert_eq!(fails(&throttle, "alice", home(), NOW + 5_999), Err(Throttled { retry_after: 1 }));
    assert_eq!(hammer(&throttle, "alice", home(), NOW + 6_000), 1);
    assert_eq!(hammer(&throttle, "alice", home(), NOW + 6_000 + MINUTE), 10);
}

#[test]
fn refusals_cost_nothing() {
    let throttle = throttle(3, 0);
    hammer(&throttle, "alice", home(), NOW);
    for _ in 0..1000 {
        assert!(fails(&throttle, "alice", home(), NOW + 10_000).is_err());
    }
    assert_eq!(hammer(&throttle, "alice", home(), NOW + 20_000), 1);
}

#[test]
fn logins_that_an_empty_bucket_does_not_stop_do_not_fill_it() {
    let throttle = throttle(0, 60);
    assert!(logs_in(&throttle, "mallory", home(), NOW).is_ok());
    hammer(&throttle, "somebody", home(), NOW);
    // Mallory is known there, so that the address's bucket does not count for her; nobody looks at her password.
    for _ in 0..100 {
        let tickets: Vec<_> = (0..10).filter_map(|_| throttle.admit("mallory", home(), NOW).ok()).collect();
        tickets.iter().for_each(|ticket| throttle.withdraw(ticket, NOW));
        assert!(logs_in(&throttle, "mallory", home(), NOW).is_ok());
    }
    assert_eq!(hammer(&throttle, "somebody else", home(), NOW), 0);
}

#[test]
fn an_attacker_elsewhere_does_not_shut_out_the_user() {
    let throttle = Throttle::new(FailureLimits::default(), &SystemEntropy);
    hammer(&throttle, "alice", at("203.0.113.9"), NOW);
    assert!(logs_in(&throttle, "alice", home(), NOW).is_ok(), "not even at her first login");
    for number in 0..200 {
        hammer(&throttle, "alice", at(&format!("198.51.100.{number}")), NOW);
    }
    assert!(fails(&throttle, "alice", at("192.0.2.1"), NOW).is_err(), "the account's own bucket is empty");
    assert!(logs_in(&throttle, "alice", home(), NOW).is_ok(), "she logged in there before");
}

#[test]
fn an_attacker_who_sprays_shuts_out_nobody_at_another_address_and_nobody_known_at_their_own() {
    let throttle = Throttle::new(FailureLimits::default(), &SystemEntropy);
    assert!(logs_in(&throttle, "alice", home(), NOW).is_ok());
    let sprayed = (0..1000).filter(|number| fails(&throttle, &format!("user{number}"), home(), NOW).is_ok());
    assert_eq!(sprayed.count(), 60);
    assert!(fails(&throttle, "bob", home(), NOW).is_err());
    assert!(logs_in(&throttle, "bob", at("10.0.0.2"), NOW).is_ok());
    assert!(logs_in(&throttle, "alice", home(), NOW).is_ok());
}

#[test]
fn success_gives_back_its_own_token_alone() {
    let throttle = throttle(10, 20);
    hammer(&throttle, "alice", home(), NOW);
    hammer(&throttle, "bob", home(), NOW);
    for _ in 0..100 {
        assert!(logs_in(&throttle, "mallory", home(), NOW + 3_000).is_ok());
    }
    assert!(fails(&throttle, "carol", home(), NOW + 3_000).is_ok(), "the token of these three seconds");
    assert!(fails(&throttle, "carol", home(), NOW + 3_000).is_err());
}

#[test]
fn logins_at_the_same_time_cannot_all_be_the_last() {
    let throttle = throttle(5, 0);
    let tickets: Vec<Ticket> = (0..50).filter_map(|_| throttle.admit("alice", home(), NOW).ok()).collect();
    assert_eq!(tickets.len(), 5);
    tickets.iter().for_each(|ticket| throttle.withdraw(ticket, NOW));
    assert_eq!(hammer(&throttle, "alice", home(), NOW), 5);
}

#[test]
fn credentials_that_name_nobody_count_for_their_address() {
    let throttle = throttle(10, 5);
    for _ in 0..5 {
        assert_eq!(throttle.unreadable(home(), NOW), Ok(()));
    }
    assert_eq!(throttle.unreadable(home(), NOW), Err(Throttled { retry_after: 12 }));
    assert!(fails(&throttle, "alice", home(), NOW).is_err());
    assert!(fails(&throttle, "alice", at("10.0.0.2"), NOW).is_ok());
}

#[test]
fn ipv6_clients_are_one_by_64_bits_and_ipv4_ones_are_one_however_written() {
    for (one, other, same) in [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("10.0.0.1", "::ffff:10.0.0.1", true),
        ("10.0.0.1", "10.0.0.2", false),
    ] {
        assert_eq!(at(one) == at(other), same, "{one} {other}");
    }
}

#[test]
fn zero_is_no_limit() {
    let throttle = throttle(0, 0);
    assert_eq!(hammer(&throttle, "alice", home(), NOW), 10_000);
    for _ in 0..1000 {
        assert_eq!(throttle.unreadable(home(), NOW), Ok(()));
    }
}

#[test]
fn a_clock_that_is_set_back_shuts_out_nobody_for_long() {
    let throttle = throttle(10, 60);
    hammer(&throttle, "alice", home(), NOW + 3_600_000);
    assert!(fails(&throttle, "alice", home(), NOW).is_err());
    assert_eq!(hammer(&throttle, "alice", home(), NOW + MINUTE), 10);
}

#[test]
fn the_memory_is_bounded() {
    let throttle = Throttle::with_keys(FailureLimits { account: 1, address: 1000 }, 100, &SystemEntropy);
    for number in 0..10_000_u32 {
        let network = Network::of(Some(IpAddr::from(number.to_be_bytes())));
        let _ = logs_in(&throttle, &number.to_string(), network, NOW);
        let _ = fails(&throttle, &format!("x{number}"), network, NOW);
    }
    let tables = throttle.tables();
    let lengths = [
        tables.pairs.by_key.len(),
        tables.addresses.by_key.len(),
        tables.accounts.by_key.len(),
        tables.known.len(),
    ];
    assert!(lengths.iter().all(|length| *length <= 100), "{lengths:?}");
}

proptest! {
    /// Whatever comes in whatever order and at whatever time, also when the clock jumps back.
    #[test]
    fn no_minute_sees_more_failures_than_two_full_buckets(
        logins in prop::collection::vec((0..3_u8, 0..3_u8, 0..3_000_i64, any::<bool>()), 1..400),
        account in 1..20_u32,
        address in 1..40_u32,
    ) {
        let throttle = throttle(account, address);
        let mut now = NOW;
        let mut failures = Vec::new();
        for (user, place, pause, right) in logins {
            now += pause;
            let network = Network::of(Some(IpAddr::from([10, 0, 0, place])));
            match throttle.admit(&user.to_string(), network, now) {
                Ok(ticket) if right => throttle.withdraw(&ticket, now),
                Ok(_) => failures.push((user, place, now)),
                Err(Throttled { retry_after }) => prop_assert!((1..=60).contains(&retry_after)),
            }
        }
        for (_, _, start) in &failures {
            let minute: Vec<_> =
                failures.iter().filter(|(_, _, at)| (*start..start + MINUTE).contains(at)).collect();
            for place in 0..3 {
                let here = minute.iter().filter(|(_, at, _)| *at == place);
                prop_assert!(here.clone().count() <= 2 * address as usize + 1);
                for user in 0..3 {
                    let pair = here.clone().filter(|(who, _, _)| *who == user).count();
                    prop_assert!(pair <= 2 * account as usize + 1);
                }
            }
        }
    }

    #[test]
    fn whoever_waits_as_long_as_they_are_told_is_let_through(
        account in 1..100_u32,
        address in 1..100_u32,
        later in 0..60_000_i64,
    ) {
        let throttle = throttle(account, address);
        hammer(&throttle, "alice", home(), NOW);
        if let Err(Throttled { retry_after }) = fails(&throttle, "alice", home(), NOW + later) {
            let then = NOW + later + Millis::from(retry_after) * 1000;
            prop_assert_eq!(fails(&throttle, "alice", home(), then), Ok(()));
        }
    }
}
