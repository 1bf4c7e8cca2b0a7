TITLE M-type potassium channel

COMMENT
What it models
    The slow, non-inactivating, low-threshold potassium current (Kv7) of soma and axon: it limits firing.

Scheme
    one gate:   closed <-- alpha, beta --> open

Equations
    ik = g_max m (v - ek)
    m: inf = 1/(1 + exp(-(v - v_half)/k))
       E = exp(zeta (v - v_tau) F/RT),  tau = (tau_min + E^skew/(a (1 + E)))/q

Numbers                         source                                                  temperature
    gate m                      Tomko et al. 2021 (ModelDB 266901), after Migliore 2006    used at 35 degC
    q10 2.3                     Mainen & Sejnowski 1996 (their M channel)                  35 degC

Deviations from the source
    The source declares a q10 of 5 and never applies it; here a q10 is applied, and is 1-fold at 35 degC. F/RT follows celsius
    (the source freezes it at 34 degC).

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_km = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX km
    USEION k READ ek WRITE ik
    RANGE g_max              : settable
    RANGE g, m_inf, m_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max   = 0     (S/cm2) <0, 1e3>     : density, set by the cell [cellmodel]
    v_half  = -40   (mV)                 : half-activation [tomko_2021]
    k       = 10    (mV)    <1e-3, 1e3>  : steepness of activation [tomko_2021]
    v_tau   = -42   (mV)                 : center of the time constant [tomko_2021]
    zeta    = 7     (1)                  : gating charge of the time constant [tomko_2021]
    skew    = 0.4   (1)     <0, 1>       : asymmetry of the rates [tomko_2021]
    a       = 0.003 (/ms)   <1e-9, 1e3>  : rate [tomko_2021]
    tau_min = 60    (ms)    <1e-6, 1e4>  : fastest activation [tomko_2021]
    q10     = 2.3   (1)     <1, 10>      : of the rates [mainen_sejnowski_1996]
    celsius_reference = 35 (degC)        : where the constants hold [cellmodel: where they were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    ek      (mV)
    ik      (mA/cm2)
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
    CONDUCTANCE g USEION k
    SOLVE gating METHOD cnexp
    g = g_max * m
    ik = g * (v - ek)
}

DERIVATIVE gating {
    rates(v)
    m' = (m_inf - m) / m_tau
}

PROCEDURE rates(v (mV)) {
    LOCAL x, frt, q
    TABLE m_inf, m_tau
    DEPEND celsius, v_half, k, v_tau, zeta, skew, a, tau_min, q10, celsius_reference
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    m_inf = 1 / (1 + exp(-(v - v_half) / k))
    x = zeta * (v - v_tau) * frt
    m_tau = (tau_min + exp(skew * x) / (a * (1 + exp(x)))) / q
}
