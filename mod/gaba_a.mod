TITLE GABA-A receptor of an inhibitory synapse

COMMENT
What it models
    Chloride conductance of feed-forward inhibition, a double exponential for each release; the fraction of sites that
    released is read from release.mod through a POINTER.

Equations
    at a release: a <- a + norm released, d <- d + norm released
    a' = -a/tau_rise;  d' = -d/tau_decay;  g = (1 - block) g_max (d - a);  i = g (v - e)

Numbers
    g_max                  assumed (data/synapse.toml)                                   cellmodel
    tau_rise, tau_decay    assumed within published ranges of CA1 (32-35 degC)           cellmodel
    e                      Nernst potential of chloride, set from the bath

Temperature
    The time constants are those of 32-35 degC; no factor is applied.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS gaba_a
    NONSPECIFIC_CURRENT i
    POINTER released
    RANGE g_max, e, tau_rise, tau_decay, block    : settable
    RANGE g                                       : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
}

PARAMETER {
    g_max     = 0.05   (uS) <0, 1e3>    : peak conductance of a full release [cellmodel]
    e         = -70    (mV)             : reversal potential [cellmodel: from the bath]
    tau_rise  = 0.5    (ms) <1e-3, 1e3> : rise [cellmodel]
    tau_decay = 16     (ms) <1e-2, 1e4> : decay [cellmodel]
    block     = 0      (1)  <0, 1>      : share of receptors antagonized
}

ASSIGNED {
    v        (mV)
    i        (nA)
    g        (uS)
    released (1)
    norm     (1)
}

STATE {
    a (1)
    d (1)
}

INITIAL {
    LOCAL peak
    peak = log(tau_decay / tau_rise) * tau_rise * tau_decay / (tau_decay - tau_rise)
    norm = 1 / (exp(-peak / tau_decay) - exp(-peak / tau_rise))
    a = 0
    d = 0
}

BREAKPOINT {
    CONDUCTANCE g
    SOLVE gating METHOD cnexp
    g = (1 - block) * g_max * (d - a)
    i = g * (v - e)
}

DERIVATIVE gating {
    a' = -a / tau_rise
    d' = -d / tau_decay
}

NET_RECEIVE (weight (1)) {
    a = a + weight * norm * released
    d = d + weight * norm * released
}
