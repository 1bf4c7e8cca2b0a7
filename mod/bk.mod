TITLE Large-conductance calcium-activated potassium channel (BK)

COMMENT
What it models
    The potassium current of CA1 pyramidal cells that needs depolarization and calcium together.

Scheme
    one gate:   closed <-- alpha, beta --> open

Equations
    ik = g_max o (v - ek)
    K1 = k1 exp(-2 d1 v F/RT),  K2 = k2 exp(-2 d2 v F/RT)
    alpha = a cai/(cai + K1),  beta = b/(1 + cai/K2),  o' = q (alpha (1 - o) - beta o)

Numbers                         source                                                     temperature
    a, b, k1, k2, d1, d2        Tomko et al. 2021 (ModelDB 266901), after Moczydlowski &     used at 35 degC
                                Latorre 1983
    q10 3                       assumed; the source has none                               35 degC

Deviations from the source
    A temperature factor that is 1 at 35 degC.

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_bk = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX bk
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE g_max              : settable
    RANGE g, o_inf, o_tau    : read-outs
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
    g_max = 0       (S/cm2) <0, 1e3>      : density, set by the cell [cellmodel]
    a     = 0.28    (/ms)   <1e-9, 1e3>   : fastest opening [moczydlowski_latorre_1983]
    b     = 0.48    (/ms)   <1e-9, 1e3>   : fastest closing [moczydlowski_latorre_1983]
    k1    = 4.8e-4  (mM)    <1e-12, 1e3>  : affinity of the closed channel at 0 mV [moczydlowski_latorre_1983]
    k2    = 1.3e-7  (mM)    <1e-12, 1e3>  : affinity of the open channel at 0 mV [moczydlowski_latorre_1983]
    d1    = 0.84    (1)     <0, 10>       : electrical distance of the first [moczydlowski_latorre_1983]
    d2    = 1       (1)     <0, 10>       : electrical distance of the second [moczydlowski_latorre_1983]
    q10   = 3       (1)     <1, 10>       : of the rates [cellmodel: assumed]
    celsius_reference = 35 (degC)         : where the constants hold [cellmodel: where they were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    cai     (mM)
    ek      (mV)
    ik      (mA/cm2)
    g       (S/cm2)
    q       (1)
    o_inf   (1)
    o_tau   (ms)
    k_shut  (mM)    : affinity of the closed channel at v
    k_open  (mM)    : affinity of the open channel at v
}

STATE {
    o (1)
}

INITIAL {
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    rates(v, cai)
    o = o_inf
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE gating METHOD cnexp
    g = g_max * o
    ik = g * (v - ek)
}

DERIVATIVE gating {
    rates(v, cai)
    o' = (o_inf - o) / o_tau
}

PROCEDURE rates(v (mV), c (mM)) {
    LOCAL alpha, beta
    affinities(v)
    alpha = a * c / (c + k_shut)
    beta = b / (1 + c / k_open)
    o_tau = 1 / (q * (alpha + beta))
    o_inf = alpha / (alpha + beta)
}

PROCEDURE affinities(v (mV)) {
    LOCAL frt
    TABLE k_shut, k_open
    DEPEND celsius, k1, k2, d1, d2
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    k_shut = k1 * exp(-2 * d1 * v * frt)
    k_open = k2 * exp(-2 * d2 * v * frt)
}
