TITLE Calcium-driven bistable efficacy of a synapse and insertion of AMPA receptors

COMMENT
What it models
    Spine calcium drives two leaky integrators, a short one that stands for CaMKII and a long one for calcineurin; they
    push a bistable efficacy up or down; AMPA receptors follow the efficacy within a minute or two.

        cai --> ep (0.28 s) --G(ep)--> up  \
                                             rho (0 or 1) --> n  (receptors, ~100 s)
        cai --> ed (2.0 s)  --G(ed)--> down /

Equations
    s   = (cai - rest)/unit                     unit: integral of (cai - rest) in one drug-free baseline EPSP
    ep' = s - ep/tau_p;   ed' = s - ed/tau_d
    rho' = (-rho (1 - rho)(rho_star - rho) + early (rho_start - rho)
            + gamma_p (1 - rho) G(ep, theta_p) - gamma_d rho G(ed, theta_d))/tau
    n'  = (n_down (1 + (b - 1) rho) - n)/tau_insertion
    G(e, theta) = 1/(1 + (theta/e)^order)

Numbers
    rho equation, tau, rho_star, gamma_p    Graupner & Brunel 2012 (hippocampal slice set)    graupner_brunel_2012
    early                                   Li 2016; Luboeinski & Tetzlaff 2021 (0.1)         li_2016
    tau_p, tau_insertion                    Chindemi 2022 (278.3 ms, 100 s)                   chindemi_2022
    tau_d, theta_p, theta_d, gamma_d, order, b    fitted in this project, see data/plasticity.toml

Temperature
    No factor is applied to any constant.

Deviations from the sources
    The sources have either the two stable states or early decay. With both, the up state of a synapse that began down
    is stable for early < ((1 - rho_star)/2)^2 = 0.0625; above, it returns to where it began, slowest near rho = 0.75.
    Two integrators instead of one: with one, test pulses under the drug alone depress the synapse. The threshold is a steep
    Hill function (smooth, CVODE-safe) instead of a step. No noise: the mean is followed.
ENDCOMMENT

NEURON {
    POINT_PROCESS plasticity
    USEION ca READ cai
    RANGE rest, unit, tau_p, tau_d, theta_p, theta_d, gamma_p, gamma_d, order, tau, rho_star   : settable
    RANGE early, rho_start, n_start, n_down, b, tau_insertion, frozen                          : settable
    RANGE ep, ed, rho, n                                                                       : slow states, read and restored
}

UNITS {
    (mM) = (milli/liter)
}

PARAMETER {
    rest     = 7e-5   (mM)    <0, 1>       : resting calcium of the spine [sabatini_2002]
    unit     = 0.005  (mM-ms) <1e-9, 1e6>  : calcium integral of one drug-free EPSP [cellmodel]
    tau_p    = 278.3  (ms)    <1, 1e6>     : short integrator [chindemi_2022]
    tau_d    = 2000   (ms)    <1, 1e6>     : long integrator [cellmodel]
    theta_p  = 4.4    (1)     <1e-3, 1e6>  : half-maximal potentiation [cellmodel]
    theta_d  = 2.17   (1)     <1e-3, 1e6>  : half-maximal depression [cellmodel]
    gamma_p  = 1645.6 (1)     <0, 1e6>     : strength of potentiation [graupner_brunel_2012]
    gamma_d  = 12.2   (1)     <0, 1e6>     : strength of depression [cellmodel]
    order    = 62.6   (1)     <1, 64>      : steepness of both thresholds [cellmodel]
    tau      = 688400 (ms)    <1, 1e9>     : time scale of efficacy [graupner_brunel_2012]
    rho_star = 0.5    (1)     <0, 1>       : border between the two states [graupner_brunel_2012]
    early    = 0.1    (1)     <0, 10>      : decay of early LTP toward the start [li_2016]
    rho_start = 0     (1)     <0, 1>       : efficacy at the beginning
    n_start  = 1      (1)     <0, 1e3>     : receptors at the beginning, in units of the average synapse
    n_down   = 1      (1)     <0, 1e3>     : receptors of a synapse that is down, in the same unit
    b        = 3.5    (1)     <1, 100>     : receptors up over receptors down [cellmodel]
    tau_insertion = 100000 (ms) <1, 1e9>   : insertion and removal of receptors [chindemi_2022]
    frozen   = 0      (1)     <0, 1>       : 1 stops learning
}

ASSIGNED {
    cai  (mM)
    gain (/ms)    : of efficacy
    loss (/ms)    : of efficacy, for each part of it
    least (1)     : share of a threshold up to which nothing is above it
}

STATE {
    ep  (1)
    ed  (1)
    rho (1)
    n   (1)
}

INITIAL {
    least = 1e-20 ^ (1 / order)  : what is added to the slope there is lost in its rounding
    ep = 0
    ed = 0
    rho = rho_start
    n = n_start
}

BREAKPOINT {
    SOLVE learning METHOD cnexp
}

DERIVATIVE learning {
    LOCAL s
    s = (cai - rest) / unit
    drift(rho, ep, ed)
    ep' = s - ep / tau_p
    ed' = s - ed / tau_d
    rho' = gain - loss * rho
    n' = (n_down * (1 + (b - 1) * rho) - n) / tau_insertion
}

FUNCTION above(level (1), threshold (1)) (1) {
    above = 0
    if (level > least * threshold) {
        above = 1 / (1 + (threshold / level) ^ order)
    }
}

PROCEDURE drift(x (1), up (1), down (1)) {
    LOCAL moving, potentiation
    : loss changes with rho within minutes: no step of the integration sees it change. Frozen, gain and loss
    : cancel: without them cnexp would divide by zero
    moving = 1 - frozen
    potentiation = gamma_p * above(up, theta_p)
    gain = (moving * (early * rho_start + potentiation) + frozen * early * x) / tau
    loss = (moving * ((1 - x) * (rho_star - x) + potentiation + gamma_d * above(down, theta_d)) + early) / tau
}
