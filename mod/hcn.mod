TITLE Hyperpolarization-activated cation channel (h current)

COMMENT
What it models
    The mixed-cation current of CA1 pyramidal cells that opens on hyperpolarization; denser with distance from the soma.

Scheme
    one gate:   closed <-- alpha, beta --> open

Equations
    i = g_max l (v - e)
    l: inf = 1/(1 + exp((v - v_half)/k))
       E = exp(zeta (v - v_tau) F/RT),  tau = E^skew/(q a (1 + E))

Numbers                         source                                                  temperature
    gate l, q10 4.5             Tomko et al. 2021 (ModelDB 266901), after Magee 1998       33 degC
    v_half -73 near the soma    Migliore et al. 2011 (ModelDB 138205)                  -

Deviations from the source
    F/RT follows celsius (the source freezes it at 34 degC).

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_hcn = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX hcn
    NONSPECIFIC_CURRENT i
    RANGE g_max, v_half      : settable
    RANGE g, l_inf, l_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max  = 0     (S/cm2) <0, 1e3>     : density, set by the cell [cellmodel]
    e      = -30   (mV)                 : reversal potential [tomko_2021]
    v_half = -81   (mV)                 : half-activation [tomko_2021]
    k      = 8     (mV)    <1e-3, 1e3>  : steepness of activation [tomko_2021]
    v_tau  = -75   (mV)                 : center of the time constant [tomko_2021]
    zeta   = 2.2   (1)                  : gating charge of the time constant [tomko_2021]
    skew   = 0.4   (1)     <0, 1>       : asymmetry of the rates [tomko_2021]
    a      = 0.011 (/ms)   <1e-9, 1e3>  : rate [tomko_2021]
    q10    = 4.5   (1)     <1, 10>      : of the rates [tomko_2021]
    celsius_reference = 33 (degC)       : of the rates [tomko_2021]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    i       (mA/cm2)
    g       (S/cm2)
    l_inf   (1)
    l_tau   (ms)
}

STATE {
    l (1)
}

INITIAL {
    rates(v)
    l = l_inf
}

BREAKPOINT {
    CONDUCTANCE g
    SOLVE gating METHOD cnexp
    g = g_max * l
    i = g * (v - e)
}

DERIVATIVE gating {
    rates(v)
    l' = (l_inf - l) / l_tau
}

PROCEDURE rates(v (mV)) {
    opening(v - v_half)
    speed(v)
}

PROCEDURE opening(above (mV)) {
    TABLE l_inf
    DEPEND k
    FROM -200 TO 200 WITH 8000
    l_inf = 1 / (1 + exp(above / k))
}

PROCEDURE speed(v (mV)) {
    LOCAL x, frt, q
    TABLE l_tau
    DEPEND celsius, v_tau, zeta, skew, a, q10, celsius_reference
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    x = zeta * (v - v_tau) * frt
    l_tau = exp(skew * x) / (q * a * (1 + exp(x)))
}
