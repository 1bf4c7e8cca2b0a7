TITLE L-type calcium channel

COMMENT
What it models
    The high-threshold, long-lasting calcium current (Cav1.2, Cav1.3) of CA1 pyramidal cells; nimodipine blocks it.

Scheme
    two m gates:   closed <--> open;   calcium inside closes at once

Equations
    ica = g_max m^2 f d(v)
    d(v) = -RT/(2F) (cao - cai e^x)/ca_reference x/(e^x - 1),  x = 2 F v/(RT): the constant-field current, scaled so that it
    becomes v for large negative v at cao = ca_reference; g_max is then the conductance of inward current at 2 mM outside
    m: inf = alpha/(alpha + beta), alpha = a_m (v_a_m - v)/(exp((v_a_m - v)/k_a_m) - 1), beta = b_m exp(-v/k_b_m)
       E = exp(zeta_m (v - v_tau_m) F/RT),  tau = max(tau_min_m, E^skew_m/(a_tau_m (1 + E)))/q
    f = k_ca/(k_ca + cai): fast inactivation by calcium

Numbers                         source                                            temperature
    gate m, q10 5               Tomko et al. 2021 (ModelDB 266901)                25 degC
    k_ca, ca_reference          the same model                                    -

Deviations from the source
    F/RT follows celsius and Faraday's constant is exact (the source freezes them at 34 and 20 degC). The inward current
    follows cao (in the source it does not).

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_ca_l = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX ca_l
    USEION ca READ cai, cao WRITE ica
    RANGE g_max              : settable
    RANGE g, m_inf, m_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    (mM)    = (milli/liter)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max        = 0        (S/cm2)   <0, 1e3>     : density, set by the cell [cellmodel]
    ca_reference = 2        (mM)      <1e-6, 1e3>  : calcium outside at which g_max holds [tomko_2021]
    a_m          = 15.69    (/ms-mV)  <1e-9, 1e3>  : opening rate of the steady state [tomko_2021]
    v_a_m        = 81.5     (mV)                   : its center [tomko_2021]
    k_a_m        = 10       (mV)      <1e-3, 1e3>  : its steepness [tomko_2021]
    b_m          = 0.29     (/ms)     <1e-9, 1e3>  : closing rate of the steady state [tomko_2021]
    k_b_m        = 10.86    (mV)      <1e-3, 1e3>  : its steepness [tomko_2021]
    v_tau_m      = 4        (mV)                   : center of the time constant [tomko_2021]
    zeta_m       = 2        (1)                    : gating charge of the time constant [tomko_2021]
    skew_m       = 0.1      (1)       <0, 1>       : asymmetry of the time constant [tomko_2021]
    a_tau_m      = 0.1      (/ms)     <1e-9, 1e3>  : rate of the time constant [tomko_2021]
    tau_min_m    = 0.2      (ms)      <1e-6, 1e3>  : fastest activation at celsius_reference [tomko_2021]
    k_ca         = 0.001    (mM)      <1e-9, 1e3>  : calcium that halves the current [tomko_2021]
    q10          = 5        (1)       <1, 10>      : of m [tomko_2021]
    celsius_reference = 25 (degC) : of m [tomko_2021]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    cai     (mM)
    cao     (mM)
    ica     (mA/cm2)
    g       (S/cm2)
    m_inf   (1)
    m_tau   (ms)
}

STATE {
    m (1)
}

INITIAL {
    rates(v)
    m = m_inf
}

BREAKPOINT {
    SOLVE gating METHOD cnexp
    g = g_max * m * m * k_ca / (k_ca + cai)
    ica = g * drive(v, cai, cao)
}

DERIVATIVE gating {
    rates(v)
    m' = (m_inf - m) / m_tau
}

FUNCTION linoid(u (1)) (1) {
    if (fabs(u) < 1e-4) {
        linoid = 1 - u / 2
    } else {
        linoid = u / (exp(u) - 1)
    }
}

FUNCTION drive(v (mV), ci (mM), co (mM)) (mV) {
    : linoid(-x) = x + linoid(x): the outward part is the inward one and a straight line
    drive = ci * v / ca_reference - (co - ci) * inward(v)
}

FUNCTION inward(v (mV)) (mV/mM) {
    LOCAL frt
    TABLE DEPEND celsius, ca_reference
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    inward = linoid(2 * v * frt) / (2 * frt * ca_reference)
}

PROCEDURE rates(v (mV)) {
    LOCAL alpha, beta, x, frt, q
    TABLE m_inf, m_tau
    DEPEND celsius, a_m, v_a_m, k_a_m, b_m, k_b_m, v_tau_m, zeta_m, skew_m, a_tau_m, tau_min_m, q10,
           celsius_reference
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    alpha = a_m * k_a_m * linoid((v_a_m - v) / k_a_m)
    beta = b_m * exp(-v / k_b_m)
    m_inf = alpha / (alpha + beta)
    x = zeta_m * (v - v_tau_m) * frt
    m_tau = exp(skew_m * x) / (a_tau_m * (1 + exp(x)))
    if (m_tau < tau_min_m) {
        m_tau = tau_min_m
    }
    m_tau = m_tau / q
}
