TITLE NMDA receptor of a spine, saturated by a release, with magnesium block

COMMENT
What it models
    The NMDA receptors opposite the sites of one synapse. Glutamate of a release occupies all receptors of the
    sites that released (affinity of micromolar against a millimolar transient), so a pulse acts on the share that
    is still free; binding then decays and opening follows it.

Equations
    at a release:  b <- b + released (1 - b)               released: fraction of sites, read through a POINTER
    b' = -b/tau_decay;  o' = (b - o)/tau_rise              rise and decay of the double exponential
    g  = g_max norm o unblocked(v);   unblocked = 1/(1 + [Mg]/k_mg exp(-slope_mg v))
    i_total = (1 - block) g (v - e);  i_ca = ca_fraction (v_fraction - e)/(v_fraction - e_ca) (1 - block) g (v - e_ca)
    i = i_total - i_ca
Calcium has a driving force of its own: at v_fraction it carries ca_fraction of the current, more when the spine
is depolarized, and it still enters where the whole current reverses.

Numbers
    tau_rise, tau_decay   Romani 2024 (34 degC)                                 romani_2024
    q10 3                 Hestrin 1990 as used with Andrasfalvy & Magee 2001    hestrin_1990
    k_mg, slope_mg        Jahr & Stevens 1990                                   jahr_stevens_1990
    ca_fraction           public CA1 spine models, 0.10-0.17                    chindemi_2022
    e_ca                  driving force of calcium in the published synapse     chindemi_2022

Deviations from the sources
    The sources add the double exponentials of successive releases without limit; here binding saturates.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS nmda
    USEION ca WRITE ica
    NONSPECIFIC_CURRENT i
    POINTER released
    RANGE g_max, e, tau_rise, tau_decay, mg, k_mg, slope_mg, block    : settable
    RANGE ca_fraction, e_ca, v_fraction                               : settable
    RANGE g, i_ca                                                     : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    g_max             = 0.0010455 (uS)   <0, 1e3>    : peak conductance of a full release, unblocked [romani_2024]
    e                 = 0         (mV)               : reversal potential [spruston_1995]
    tau_rise          = 2.9       (ms)   <1e-3, 1e3> : opening, at celsius_reference [romani_2024]
    tau_decay         = 148.5     (ms)   <1e-2, 1e5> : unbinding, at celsius_reference [romani_2024]
    q10               = 3         (1)    <1, 10>     : of both [hestrin_1990]
    celsius_reference = 34        (degC)             : where they were measured [romani_2024]
    mg                = 2         (mM)   <0, 100>    : magnesium outside [cellmodel: aCSF]
    k_mg              = 3.57      (mM)   <1e-3, 1e3> : block at 0 mV [jahr_stevens_1990]
    slope_mg          = 0.062     (/mV)  <0, 1>      : voltage dependence of the block [jahr_stevens_1990]
    ca_fraction       = 0.107     (1)    <0, 1>      : share of the current carried by calcium at v_fraction [chindemi_2022]
    e_ca              = 40        (mV)               : where calcium reverses, of a straight line [chindemi_2022]
    v_fraction        = -60       (mV)               : where ca_fraction is meant [cellmodel: assumed]
    block             = 0         (1)    <0, 1>      : share of receptors antagonized
}

ASSIGNED {
    v        (mV)
    celsius  (degC)
    i        (nA)    : current not carried by calcium
    ica      (nA)
    i_ca     (nA)    : calcium current of these receptors
    g        (uS)
    released (1)
    rate_rise  (/ms)
    rate_decay (/ms)
    norm       (1)   : makes the peak after a full release g_max
}

STATE {
    b (1)  : bound
    o (1)  : open but for magnesium
}

INITIAL {
    LOCAL q, peak
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    rate_rise = q / tau_rise
    rate_decay = q / tau_decay
    peak = log(tau_decay / tau_rise) * tau_rise * tau_decay / (tau_decay - tau_rise)
    norm = (1 - tau_rise / tau_decay) / (exp(-peak / tau_decay) - exp(-peak / tau_rise))
    b = 0
    o = 0
}

BREAKPOINT {
    LOCAL open, steepness, share, i_total, slope_ca, slope_other
    CONDUCTANCE slope_ca USEION ca
    CONDUCTANCE slope_other
    SOLVE gating METHOD cnexp
    open = unblocked(v)
    g = (1 - block) * g_max * norm * o * open
    i_total = g * (v - e)
    share = ca_fraction * (v_fraction - e) / (v_fraction - e_ca)
    i_ca = share * g * (v - e_ca)
    ica = i_ca
    i = i_total - i_ca
    steepness = slope_mg * (1 - open)  : of g over v, relative
    slope_ca = share * g * (1 + steepness * (v - e_ca))
    slope_other = g * (1 + steepness * (v - e)) - slope_ca
}

DERIVATIVE gating {
    b' = -rate_decay * b
    o' = rate_rise * (b - o)
}

FUNCTION unblocked(v (mV)) (1) {
    unblocked = 1 / (1 + mg / k_mg * exp(-slope_mg * v))
}

NET_RECEIVE (weight (1)) {
    b = b + weight * released * (1 - b)
}
