TITLE AMPA receptors with 0, 1 and 2 modulators that stay bound, side by side

COMMENT
What it models
    A positive allosteric modulator that leaves the receptor much more slowly than the receptor gates (cyclothiazide).
    Then receptors with 0, 1 and 2 modulators bound gate each with rates of their own, and none changes into another
    during a response. Each kind is one `ampa` (ampa.mod, its own modulator factors at 1); here they are mixed, in the
    shares that the resting receptors had with the dose in the bath, through POINTERs that one Python function wires.

Equations
    x = dose/k_m
    popen = (popen_0 + 2x popen_1 + x^2 popen_2) / (1 + x)^2
    i = g_max popen (v - e)

Numbers
    e      Spruston, Jonas & Sakmann 1995    spruston_1995
    k_m    of the compound's file            cellmodel

Temperature
    That of the three `ampa`; nothing here depends on it.

Deviations
    The bath is in equilibrium with the resting receptors at any time: a dose that changes within the time of unbinding
    (minutes) acts at once.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS ampa_mixture
    NONSPECIFIC_CURRENT i
    POINTER popen_0, popen_1, popen_2
    RANGE g_max, e, k_m    : settable
    RANGE dose             : protocol inputs
    RANGE popen, g, i      : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    g_max = 0    (uS)  <0, 1e9>       : conductance with all channels open
    e     = 0    (mV)  <-200, 200>    : reversal potential [spruston_1995]
    k_m   = 1    (mM)  <1e-9, 1e9>    : affinity of one modulator site in the closed states [cellmodel]
    dose  = 0    (mM)  <0, 1e3>       : concentration of the modulator
}

ASSIGNED {
    v       (mV)
    i       (nA)
    g       (uS)
    popen   (1)     : open share of all receptors
    popen_0 (1)     : of those with no modulator bound
    popen_1 (1)     : with one
    popen_2 (1)     : with two
}

INITIAL {
    popen = mixed(dose / k_m)
    g = g_max * popen
}

BREAKPOINT {
    CONDUCTANCE g
    popen = mixed(dose / k_m)
    g = g_max * popen
    i = g * (v - e)
}

FUNCTION mixed(x (1)) (1) {
    mixed = (popen_0 + 2 * x * popen_1 + x * x * popen_2) / ((1 + x) * (1 + x))
}
