TITLE Transient sodium channel with slow inactivation

COMMENT
What it models
    The fast sodium current of rat CA1 pyramidal cells. The slow gate s closes over successive spikes and reopens over a
    second; `ar` says how much of the channel it can close (1 nothing: soma and axon; 0 everything: distal dendrite).

Scheme
    three m gates, one h gate, one s gate, independent:   closed <--> open  with rates alpha, beta of each gate

Equations
    ina = g_max m^3 h s (v - ena)
    m: alpha = a_m (v - v_m)/(1 - exp(-(v - v_m)/k_m)),  beta = b_m (v_m - v)/(1 - exp((v - v_m)/k_m))
       inf = alpha/(alpha + beta),  tau = max(tau_min_m, 1/(q (alpha + beta)))
    h: inf = 1/(1 + exp((v - v_half_h)/k_h)),  tau = max(tau_min_h, 1/(q (alpha + beta))), alpha, beta of the form of m
    s: c = 1/(1 + exp((v - v_half_s)/k_s)),  inf = c + ar (1 - c)
       E = exp(zeta_s (v - v_tau_s) F/RT),  tau = max(tau_min_s, E^skew_s/(q_s a_s (1 + E)))

Numbers                                   source                                       temperature
    gates m, h and s                      Migliore et al. 1999 (ModelDB 2796), after     24 degC
                                          patches of Magee & Johnston 1995
    q10 2 of m and h                      the same model                                 -
    q10 3 of s                            assumed, from 35 degC where the constants      35 degC
                                          have been used

Deviations from the source
    The slow gate has no temperature factor in the source, and its rate is declared as a time. F/RT follows celsius here.

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_na = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX na
    USEION na READ ena WRITE ina
    RANGE g_max, ar, v_m, v_half_h, k_h                  : settable
    RANGE g, m_inf, m_tau, h_inf, h_tau, s_inf, s_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max     = 0      (S/cm2)  <0, 1e3>     : density, set by the cell [cellmodel]
    ar        = 1      (1)      <0, 1>       : share that slow inactivation spares [migliore_1999]
    v_m       = -30    (mV)                  : center of the rates of m [migliore_1999]
    k_m       = 7.2    (mV)     <1e-3, 1e3>  : steepness of the rates of m [migliore_1999]
    a_m       = 0.4    (/ms-mV) <1e-9, 1e3>  : opening rate of m [migliore_1999]
    b_m       = 0.124  (/ms-mV) <1e-9, 1e3>  : closing rate of m [migliore_1999]
    tau_min_m = 0.02   (ms)     <1e-6, 1e3>  : fastest activation [migliore_1999]
    v_half_h  = -50    (mV)                  : half-inactivation [migliore_1999]
    k_h       = 4      (mV)     <1e-3, 1e3>  : steepness of inactivation [migliore_1999]
    v_h       = -45    (mV)                  : center of the rates of h [migliore_1999]
    k_tau_h   = 1.5    (mV)     <1e-3, 1e3>  : steepness of the rates of h [migliore_1999]
    a_h       = 0.03   (/ms-mV) <1e-9, 1e3>  : inactivation rate of h [migliore_1999]
    b_h       = 0.01   (/ms-mV) <1e-9, 1e3>  : recovery rate of h [migliore_1999]
    tau_min_h = 0.5    (ms)     <1e-6, 1e3>  : fastest inactivation [migliore_1999]
    v_half_s  = -58    (mV)                  : half of slow inactivation [migliore_1999]
    k_s       = 2      (mV)     <1e-3, 1e3>  : steepness of slow inactivation [migliore_1999]
    v_tau_s   = -60    (mV)                  : center of its time constant [migliore_1999]
    zeta_s    = 12     (1)                   : gating charge of s [migliore_1999]
    skew_s    = 0.2    (1)      <0, 1>       : asymmetry of s [migliore_1999]
    a_s       = 0.0003 (/ms)    <1e-9, 1e3>  : rate of s [migliore_1999]
    tau_min_s = 10     (ms)     <1e-6, 1e6>  : fastest slow inactivation [migliore_1999]
    q10       = 2      (1)      <1, 10>      : of m and h [migliore_1999]
    celsius_reference   = 24 (degC)          : of m and h [migliore_1999]
    q10_s     = 3      (1)      <1, 10>      : of s [cellmodel: assumed]
    celsius_reference_s = 35 (degC)          : of s [cellmodel: where the constants were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    ena     (mV)
    ina     (mA/cm2)
    g       (S/cm2)
    m_inf   (1)
    m_tau   (ms)
    h_inf   (1)
    h_tau   (ms)
    s_inf   (1)
    s_tau   (ms)
    spared  (1)      : share that slow inactivation leaves where ar is 0
}

STATE {
    m (1)
    h (1)
    s (1)
}

INITIAL {
    rates(v)
    m = m_inf
    h = h_inf
    s = s_inf
}

BREAKPOINT {
    CONDUCTANCE g USEION na
    SOLVE gating METHOD cnexp
    g = g_max * m * m * m * h * s
    ina = g * (v - ena)
}

DERIVATIVE gating {
    rates(v)
    m' = (m_inf - m) / m_tau
    h' = (h_inf - h) / h_tau
    s' = (s_inf - s) / s_tau
}

FUNCTION linoid(u (1)) (1) {
    if (fabs(u) < 1e-4) {
        linoid = 1 - u / 2
    } else {
        linoid = u / (exp(u) - 1)
    }
}

FUNCTION at_least(low (ms), tau (ms)) (ms) {
    if (tau < low) {
        at_least = low
    } else {
        at_least = tau
    }
}

PROCEDURE rates(v (mV)) {
    activation(v - v_m)
    h_inf = 1 / (1 + exp((v - v_half_h) / k_h))
    inactivation(v)
    s_inf = spared + ar * (1 - spared)
}

PROCEDURE activation(above (mV)) {
    LOCAL u, down, alpha, beta, q
    TABLE m_inf, m_tau
    DEPEND celsius, k_m, a_m, b_m, tau_min_m, q10, celsius_reference
    FROM -200 TO 200 WITH 8000
    : linoid(-u) = u + linoid(u) saves the second exponential of a pair of rates
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    u = above / k_m
    down = linoid(u)
    alpha = a_m * k_m * (u + down)
    beta = b_m * k_m * down
    m_inf = alpha / (alpha + beta)
    m_tau = at_least(tau_min_m, 1 / (q * (alpha + beta)))
}

PROCEDURE inactivation(v (mV)) {
    LOCAL u, down, q, q_s, frt
    TABLE h_tau, spared, s_tau
    DEPEND celsius, v_h, k_tau_h, a_h, b_h, tau_min_h, v_half_s, k_s, v_tau_s, zeta_s, skew_s, a_s, tau_min_s,
           q10, celsius_reference, q10_s, celsius_reference_s
    FROM -150 TO 150 WITH 6000
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    q_s = q10_s ^ ((celsius - celsius_reference_s) / 10 (degC))
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    u = (v - v_h) / k_tau_h
    down = linoid(u)
    h_tau = at_least(tau_min_h, 1 / (q * k_tau_h * (a_h * (u + down) + b_h * down)))
    spared = 1 / (1 + exp((v - v_half_s) / k_s))
    u = zeta_s * (v - v_tau_s) * frt
    s_tau = at_least(tau_min_s, exp(skew_s * u) / (q_s * a_s * (1 + exp(u))))
}
