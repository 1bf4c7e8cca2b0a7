TITLE R-type calcium channel

COMMENT
What it models
    The high-threshold, drug-resistant calcium current (Cav2.3) of CA1 dendrites and spine heads. A back-propagating spike
    opens it; in the spine it adds to the calcium of the synapse.

Scheme
    two m gates, one h gate, independent:   closed <--> open

Equations
    ica = g_max m^2 h d(v)
    d(v) = -RT/(2F) (cao - cai e^x)/ca_reference x/(e^x - 1),  x = 2 F v/(RT): the constant-field current, scaled so that it
    becomes v for large negative v at cao = ca_reference; g_max is then the conductance of inward current at 2 mM outside
    m: inf = 1/(1 + exp(-(v - v_half_m)/k_m)),  tau = tau_m/q
    h: inf = 1/(1 + exp((v - v_half_h)/k_h)),  tau = tau_h/q

Numbers                         source                                            temperature
    gates m and h               Chindemi et al. 2022 (spine heads)                used at 34 degC
    q10 3                       assumed; the source has none                      34 degC

Deviations from the source
    The source has an ohmic current, g m^2 h (v - eca), with 0.0744 nS/um2; the constant-field current rectifies. The
    density of a spine (data/channels.toml) gives both the same current at -20 mV.

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_ca_r = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX ca_r
    USEION ca READ cai, cao WRITE ica
    RANGE g_max              : settable
    RANGE g, m_inf, h_inf    : read-outs
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
    g_max        = 0.0452   (S/cm2)   <0, 1e3>     : density of a spine head; dendrites set theirs [chindemi_2022]
    ca_reference = 2        (mM)      <1e-6, 1e3>  : calcium outside at which g_max holds [tomko_2021]
    v_half_m     = -5.9     (mV)                   : half-activation [chindemi_2022]
    k_m          = 9.5      (mV)      <1e-3, 1e3>  : steepness of activation [chindemi_2022]
    tau_m        = 1        (ms)      <1e-6, 1e3>  : activation [chindemi_2022]
    v_half_h     = -39      (mV)                   : half-inactivation [chindemi_2022]
    k_h          = 9.2      (mV)      <1e-3, 1e3>  : steepness of inactivation [chindemi_2022]
    tau_h        = 27       (ms)      <1e-6, 1e5>  : inactivation [chindemi_2022]
    q10          = 3        (1)       <1, 10>      : of m and h [cellmodel: assumed]
    celsius_reference = 34 (degC) : of m and h [cellmodel: where the constants were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    cai     (mM)
    cao     (mM)
    ica     (mA/cm2)
    g       (S/cm2)
    q       (1)
    m_inf   (1)
    h_inf   (1)
}

STATE {
    m (1)
    h (1)
}

INITIAL {
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    rates(v)
    m = m_inf
    h = h_inf
}

BREAKPOINT {
    SOLVE gating METHOD cnexp
    g = g_max * m * m * h
    ica = g * drive(v, cai, cao)
}

DERIVATIVE gating {
    rates(v)
    m' = (m_inf - m) * q / tau_m
    h' = (h_inf - h) * q / tau_h
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
    TABLE m_inf, h_inf
    DEPEND v_half_m, k_m, v_half_h, k_h
    FROM -150 TO 150 WITH 6000
    m_inf = 1 / (1 + exp(-(v - v_half_m) / k_m))
    h_inf = 1 / (1 + exp((v - v_half_h) / k_h))
}
