TITLE Delayed-rectifier potassium channel

COMMENT
What it models
    The slow, non-inactivating potassium current of CA1 pyramidal cells that ends the spike.

Scheme
    one gate:   closed <-- alpha, beta --> open

Equations
    ik = g_max n (v - ek)
    E = exp(zeta (v - v_half) F/RT),  n: inf = 1/(1 + E),  tau = max(tau_min, E^skew/(q a (1 + E)))

Numbers                         source                                                   temperature
    gate n                      Migliore et al. 1999 (ModelDB 2796), after Hoffman 1997     used at 35 degC
    q10 3                       assumed; the source has none                                35 degC

Deviations from the source
    A temperature factor that is 1 at 35 degC, where the constants have been used; F/RT follows celsius.

Numerics
    What depends on voltage alone is read from tables in steps of 0.05 mV, with straight lines between; usetable_kdr = 0
    computes it anew. A response of the cell takes two thirds of the time with them (cellmodel.bench --case tables).
ENDCOMMENT

NEURON {
    SUFFIX kdr
    USEION k READ ek WRITE ik
    RANGE g_max              : settable
    RANGE g, n_inf, n_tau    : read-outs
}

UNITS {
    (mA)    = (milliamp)
    (mV)    = (millivolt)
    (S)     = (siemens)
    FARADAY = (faraday) (coulomb)
    R       = (k-mole) (joule/degC)
}

PARAMETER {
    g_max   = 0    (S/cm2) <0, 1e3>     : density, set by the cell [cellmodel]
    v_half  = 13   (mV)                 : half-activation [migliore_1999]
    zeta    = -3   (1)                  : gating charge [migliore_1999]
    skew    = 0.7  (1)     <0, 1>       : asymmetry of the rates [migliore_1999]
    a       = 0.02 (/ms)   <1e-9, 1e3>  : rate at v_half [migliore_1999]
    tau_min = 2    (ms)    <1e-6, 1e3>  : fastest activation [migliore_1999]
    q10     = 3    (1)     <1, 10>      : of the rates [cellmodel: assumed]
    celsius_reference = 35 (degC)       : where the constants hold [cellmodel: where they were used]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    ek      (mV)
    ik      (mA/cm2)
    g       (S/cm2)
    n_inf   (1)
    n_tau   (ms)
}

STATE {
    n (1)
}

INITIAL {
    rates(v)
    n = n_inf
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE gating METHOD cnexp
    g = g_max * n
    ik = g * (v - ek)
}

DERIVATIVE gating {
    rates(v)
    n' = (n_inf - n) / n_tau
}

PROCEDURE rates(v (mV)) {
    LOCAL x, frt, q
    TABLE n_inf, n_tau
    DEPEND celsius, v_half, zeta, skew, a, tau_min, q10, celsius_reference
    FROM -150 TO 150 WITH 6000
    frt = (1e-3) * FARADAY / (R * (celsius + 273.15 (degC)))
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    x = zeta * (v - v_half) * frt
    n_inf = 1 / (1 + exp(x))
    n_tau = exp(skew * x) * n_inf / (q * a)
    if (n_tau < tau_min) {
        n_tau = tau_min
    }
}
