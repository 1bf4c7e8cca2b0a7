TITLE GABA-B receptors of an inhibitory contact and the potassium channels that they open

COMMENT
What it models
    The slow part of feed-forward inhibition. GABA that escapes from releases binds receptors, these make G proteins,
    and four G proteins together open a potassium channel (GIRK): one pulse opens few channels, a train many.
    Between releases the equations are linear, so what they give is written down instead of integrated: there is no
    state, and `bound` and `active`, as the last release left them, are all that has to be kept.

Scheme
    receptor:  free -- k_on GABA -> bound -- k_off -> free
    bound -- production -> G protein (active) -- decay ->
    channel:   closed + 4 active <-> open, fast

Equations
    at a release:  bound <- 1 - (1 - bound) exp(-k_on exposure weight released)
                   released: fraction of sites, read through a POINTER; weight: share of interneurons that fire
    bound' = -k_off bound;   active' = production bound - decay active
    ik = (1 - block) g (v - ek);   g = g_max active^4/(active^4 + k_d)

Numbers                                      source                                              temperature
    k_on, k_off, production, decay, k_d      Destexhe & Sejnowski 1995 (public model code), a
                                             fit to slow IPSCs of Otis 1993                      34 degC (assumed)
    q10 3                                    a public model of the slow IPSC                     mccormick_1993
    exposure, g_max                          see data/synapse.toml                               cellmodel

Deviations from the source
    A release binds at once, by the integral of GABA over time. The source has no temperature; here it changes all
    rates but k_on, because the uptake that ends the exposure slows as binding does. The inward rectification of GIRK is
    left out.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS gaba_b
    USEION k READ ek WRITE ik
    POINTER released
    RANGE g_max, block              : settable
    RANGE bound, active, last       : slow states, read and restored
    RANGE g                         : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    g_max             = 0.003  (uS)     <0, 1e3>     : conductance with every channel open [cellmodel]
    block             = 0      (1)      <0, 1>       : share of receptors antagonized
    exposure          = 10     (mM-ms)  <0, 1e6>     : integral of GABA after a full release of all interneurons [cellmodel]
    k_on              = 0.52   (/mM-ms) <1e-9, 1e3>  : binding of GABA, at celsius_reference [destexhe_1995]
    k_off             = 0.0013 (/ms)    <1e-9, 1e3>  : unbinding [destexhe_1995]
    production        = 0.098  (/ms)    <1e-9, 1e3>  : of G protein by bound receptors [destexhe_1995]
    decay             = 0.033  (/ms)    <1e-9, 1e3>  : of G protein, faster than k_off [destexhe_1995]
    k_d               = 100    (1)      <1e-9, 1e9>  : fourth power of G protein that opens half of the channels [destexhe_1995]
    q10               = 3      (1)      <1, 10>      : of the rates but k_on [mccormick_1993]
    celsius_reference = 34     (degC)                : of the rates [cellmodel]
}

ASSIGNED {
    v        (mV)
    celsius  (degC)
    ek       (mV)
    ik       (nA)
    g        (uS)
    released (1)
    bound    (1)   : receptors just after the last release
    active   (1)   : G protein just after the last release
    last     (ms)  : time of the last release
    q        (1)
}

INITIAL {
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    bound = 0
    active = 0
    last = 0
}

BREAKPOINT {
    LOCAL x, x4
    CONDUCTANCE g USEION k
    g = 0
    if (bound + active > 0) {
        x = active_after(t - last)
        x4 = x * x * x * x
        g = (1 - block) * g_max * x4 / (x4 + k_d)
    }
    ik = g * (v - ek)
}

FUNCTION bound_after(since (ms)) (1) {
    bound_after = bound * exp(-q * k_off * since)
}

FUNCTION active_after(since (ms)) (1) {
    LOCAL fading
    fading = exp(-q * decay * since)
    active_after = active * fading + production / (decay - k_off) * (bound_after(since) - bound * fading)
}

NET_RECEIVE (weight (1)) {
    LOCAL since
    since = t - last
    active = active_after(since)
    bound = 1 - (1 - bound_after(since)) * exp(-k_on * exposure * weight * released)
    last = t
}
