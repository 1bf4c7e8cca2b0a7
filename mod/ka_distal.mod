TITLE A-type potassium channel, distal form

COMMENT
What it models
    The transient potassium current of CA1 pyramidal cells in the dendrites beyond 100 um: fast activation, and inactivation
    that slows with depolarization. Its density, which grows with distance, makes back-propagating spikes fade.

Scheme
    one n gate, one l gate, independent:   closed <--> open

Equations
    ik = g_max n l (v - ek)
    n: zeta(v) = zeta_n - 1/(1 + exp((v - v_zeta)/k_zeta)),  E = exp(zeta(v) (v - v_half_n) F/RT)
       inf = 1/(1 + E),  tau = max(tau_min_n, E^skew_n/(q a_n (1 + E)))
    l: inf = 1/(1 + exp(zeta_l (v - v_half_l) F/RT)),  tau = max(tau_min_l, slope_l (v - v_l))/q_l

Numbers                         source                                                   temperature
    gates n and l               Migliore et al. 1999 (ModelDB 2796), after Hoffman 1997     24 degC
    q10 5 of n                  the same model                                              -
    gate l                      no temperature factor in the source                         used at 35 degC
    q10_l 3                     assumed                                                     35 degC

Deviations from the source
    The lower limits of the time constants are declared in ms (the source has mS); F/RT follows celsius; l has a temperature
    factor that is 1 at 35 degC.

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_ka_distal = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX ka_distal
    USEION k READ ek WRITE ik
    RANGE g_max                            : settable
    RANGE g, n_inf, n_tau, l_inf, l_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max     = 0    (S/cm2) <0, 1e3>     : density, set by the cell [cellmodel]
    v_half_n  = -1   (mV)                 : half-activation [migliore_1999]
    zeta_n    = -1.8 (1)                  : gating charge of n when depolarized [migliore_1999]
    v_zeta    = -40  (mV)                 : where the charge changes [migliore_1999]
    k_zeta    = 5    (mV)    <1e-3, 1e3>  : how steeply it changes [migliore_1999]
    skew_n    = 0.39 (1)     <0, 1>       : asymmetry of the rates of n [migliore_1999]
    a_n       = 0.1  (/ms)   <1e-9, 1e3>  : rate of n [migliore_1999]
    tau_min_n = 0.2  (ms)    <1e-6, 1e3>  : fastest activation [migliore_1999]
    v_half_l  = -56  (mV)                 : half-inactivation [migliore_1999]
    zeta_l    = 3    (1)                  : gating charge of l [migliore_1999]
    v_l       = -50  (mV)                 : where the time constant of l starts to grow [migliore_1999]
    slope_l   = 0.26 (ms/mV) <0, 1e3>     : how it grows [migliore_1999]
    tau_min_l = 2    (ms)    <1e-6, 1e3>  : fastest inactivation [migliore_1999]
    q10       = 5    (1)     <1, 10>      : of n [migliore_1999]
    celsius_reference   = 24 (degC)       : of n [migliore_1999]
    q10_l     = 3    (1)     <1, 10>      : of l [cellmodel: assumed]
    celsius_reference_l = 35 (degC)       : of l [cellmodel: where the constants were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    ek      (mV)
    ik      (mA/cm2)
    g       (S/cm2)
    n_inf   (1)
    n_tau   (ms)
    l_inf   (1)
    l_tau   (ms)
}

STATE {
    n (1)
    l (1)
}

INITIAL {
    rates(v)
    n = n_inf
    l = l_inf
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE gating METHOD cnexp
    g = g_max * n * l
    ik = g * (v - ek)
}

DERIVATIVE gating {
    rates(v)
    n' = (n_inf - n) / n_tau
    l' = (l_inf - l) / l_tau
}

FUNCTION at_least(low (ms), tau (ms)) (ms) {
    if (tau < low) {
        at_least = low
    } else {
        at_least = tau
    }
}

PROCEDURE rates(v (mV)) {
    LOCAL zeta, x, frt, q, q_l
    TABLE n_inf, n_tau, l_inf, l_tau
    DEPEND celsius, v_half_n, zeta_n, v_zeta, k_zeta, skew_n, a_n, tau_min_n, v_half_l, zeta_l, v_l,
           slope_l, tau_min_l, q10, celsius_reference, q10_l, celsius_reference_l
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    q_l = q10_l ^ ((celsius - celsius_reference_l) / 10 (degC))
    zeta = zeta_n - 1 / (1 + exp((v - v_zeta) / k_zeta))
    x = zeta * (v - v_half_n) * frt
    n_inf = 1 / (1 + exp(x))
    n_tau = at_least(tau_min_n, exp(skew_n * x) * n_inf / (q * a_n))
    l_inf = 1 / (1 + exp(zeta_l * (v - v_half_l) * frt))
    l_tau = at_least(tau_min_l, slope_l * (v - v_l)) / q_l
}
