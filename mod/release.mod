TITLE Transmitter release of a bouton, Tsodyks-Markram with a vesicle pool

COMMENT
What it models
    The boutons of one volley: presynaptic spikes come in, releases go out. A release is sent on as an
    event (net_event); the receptors that get it read `released`, the fraction of sites that let go, through
    a POINTER that one Python function wires and checks (cellmodel.synapse).

Equations, at each spike, dt after the last one
    u  <- u exp(-dt/tau_facil);  u <- u + U (1 - u)         use of the pool, U = use * gain
    r  <- 1 - (1 - r) exp(-dt/tau_rec)                      filled fraction of the pool
    released = u r;  r <- r - released
    gain = use_scale (1 + gain_ptp ptp + gain_stp stp)      capped so that U is at most 1
    ptp, stp decay with tau_ptp, tau_stp and grow by k (1 - x) (u - U)/(1 - U): an isolated spike leaves no
    trace, a tetanus does (u - U is what residual calcium has added).

Stochastic form (stochastic = 1)
    n_vesicles docked vesicles, each filled or empty: refilled with probability 1 - exp(-dt/tau_rec), released
    with probability u. The mean over trials is the deterministic form.

Numbers
    use, tau_rec, tau_facil, n_vesicles    Romani 2024 extending Ecker 2020 (34 degC)   romani_2024
    ptp, stp                               assumed, see data/synapse.toml

Temperature
    The published time constants are those of 34 degC; no temperature factor is applied (recovery from
    depression doubles over 13 degC at the calyx of Held, Kushmerick 2006; unknown for this synapse).

Deviation from the source
    Post-tetanic and short-term potentiation are added as a gain on use.
ENDCOMMENT

NEURON {
    POINT_PROCESS release
    RANGE use, use_scale, tau_rec, tau_facil, n_vesicles, stochastic          : settable
    RANGE gain_ptp, gain_stp, step_ptp, step_stp, tau_ptp, tau_stp            : settable
    RANGE u, r, ptp, stp, last                                                : slow states, read and restored
    RANGE released, count                                                     : read-outs
    RANDOM draw
}

PARAMETER {
    use        = 0.14   (1)  <1e-6, 1>  : fraction of the pool used by an isolated spike [romani_2024]
    use_scale  = 1      (1)  <0, 1e3>   : presynaptic expression of LTP multiplies use [cellmodel]
    tau_rec    = 186    (ms) <1e-3, 1e9> : refilling of the pool [romani_2024]
    tau_facil  = 129    (ms) <1e-3, 1e9> : decay of facilitation [romani_2024]
    n_vesicles = 12     (1)  <1, 1e4>   : docked vesicles [romani_2024]
    stochastic = 0      (1)  <0, 1>     : 0 mean, 1 binomial trials
    gain_ptp   = 1.0    (1)  <0, 100>   : most that post-tetanic potentiation adds to use [cellmodel]
    gain_stp   = 0.15   (1)  <0, 100>   : most that short-term potentiation adds to use [cellmodel]
    step_ptp   = 0.02   (1)  <0, 1>     : growth of ptp by a fully facilitated spike [cellmodel]
    step_stp   = 0.02   (1)  <0, 1>     : growth of stp by a fully facilitated spike [cellmodel]
    tau_ptp    = 45000  (ms) <1, 1e9>   : decay of post-tetanic potentiation [cellmodel]
    tau_stp    = 360000 (ms) <1, 1e9>   : decay of short-term potentiation [cellmodel]
}

ASSIGNED {
    u        (1)   : use of the pool just after the last spike
    r        (1)   : filled fraction just after the last spike
    ptp      (1)   : post-tetanic potentiation just after the last spike
    stp      (1)   : short-term potentiation just after the last spike
    last     (ms)  : time of the last spike
    released (1)   : fraction of sites that released at the last spike
    count    (1)   : releases so far
}

INITIAL {
    u = 0
    r = 1
    ptp = 0
    stp = 0
    last = -1e9
    released = 0
    count = 0
}

FUNCTION effective_use() (1) {
    LOCAL gain
    gain = use_scale * (1 + gain_ptp * ptp + gain_stp * stp)
    effective_use = use * gain
    if (effective_use > 1) {
        effective_use = 1
    }
}

FUNCTION trial(n (1), p (1)) (1) {  : binomial count of successes; n is small (the docked pool)
    LOCAL k, successes
    successes = 0
    k = 0
    while (k < n) {
        if (random_uniform(draw) < p) {
            successes = successes + 1
        }
        k = k + 1
    }
    trial = successes
}

PROCEDURE elapse(dt_last (ms)) {
    u = u * exp(-dt_last / tau_facil)
    ptp = ptp * exp(-dt_last / tau_ptp)
    stp = stp * exp(-dt_last / tau_stp)
}

PROCEDURE refill(dt_last (ms)) {
    LOCAL empty
    if (stochastic > 0) {
        empty = floor(n_vesicles * (1 - r) + 0.5)
        r = r + trial(empty, 1 - exp(-dt_last / tau_rec)) / n_vesicles
    } else {
        r = 1 - (1 - r) * exp(-dt_last / tau_rec)
    }
}

PROCEDURE potentiate(baseline (1)) {
    LOCAL residual
    residual = 0
    if (baseline < 1) {
        residual = (u - baseline) / (1 - baseline)
    }
    ptp = ptp + step_ptp * (1 - ptp) * residual
    stp = stp + step_stp * (1 - stp) * residual
}

NET_RECEIVE (weight (1)) {
    LOCAL isolated
    elapse(t - last)
    refill(t - last)
    isolated = effective_use()
    u = u + isolated * (1 - u)
    if (stochastic > 0) {
        released = trial(floor(n_vesicles * r + 0.5), u) / n_vesicles
    } else {
        released = u * r
    }
    r = r - released
    potentiate(isolated)
    last = t
    if (released > 0) {
        count = count + 1
        net_event(t)
    }
}
