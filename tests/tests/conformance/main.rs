//! One contract, every carrier, both directions.

mod pairs;

use strandmux_tests::conformance;

conformance!(
    memory,
    crate::pairs::memory,
    tokio::test(flavor = "multi_thread")
);
conformance!(
    duplex,
    crate::pairs::duplex,
    tokio::test(flavor = "multi_thread")
);
conformance!(
    futures,
    crate::pairs::futures,
    tokio::test(flavor = "multi_thread")
);
conformance!(tcp, crate::pairs::tcp, tokio::test(flavor = "multi_thread"));
conformance!(
    tungstenite,
    crate::pairs::tungstenite,
    tokio::test(flavor = "multi_thread")
);
conformance!(
    axum,
    crate::pairs::axum,
    tokio::test(flavor = "multi_thread")
);
conformance!(
    simulated,
    crate::pairs::simulated,
    tokio::test(start_paused = true)
);
