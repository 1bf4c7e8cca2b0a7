TITLE AMPA receptor with seven states and a two-site positive modulator that exchanges fast

COMMENT
What it models
    The AMPA receptors of an excised patch, or those of the synapses that one volley reaches. Glutamate binds in two
    steps; a positive allosteric modulator binds to two equivalent sites (the two dimer interfaces) so much faster than
    the receptor gates that it acts through effective rates and adds no state.

Scheme
           k_on1 glu     k_on2 glu       beta
        c0 <-------> c1 <---------> c2 <-------> o
            k_off1    |   k_off2     |   alpha   |
               d_on1  | d_off1 d_on2 | d_off2    | d_on3, d_off3
                      |  k_on3 glu   |    b_d    |
                      d1 <---------> d2 <------> d3
                           k_off3         a_d
    c closed, o open, d desensitized; downwards is d_on, upwards d_off.

Modulator
    x = dose/k_m. Weights of 0, 1 and 2 bound sites, with z their sum:
        closed         1, 2x,         x^2            zc
        open           1, 2x/closing_one, x^2/closing    zo
        desensitized   1, 2x,         entry x^2      zd
    A rate is the mean, over the bound sites of the state it leaves, of the rate with that many bound:
        alpha -> alpha zc/zo    one bound site slows closing by `closing_one`, both by `closing`
        d_on1, d_on2 -> times zd/zc    both bound slow entry by `entry`
        d_on3 -> times zd/zo    both factors (slows_o = 1), or
        d_off3 -> times zo/zd   entry from o left alone and the return from d3 closes the loop (slows_o = 0)
    Opening, binding of glutamate and recovery from d1 and d2 keep their rates.

Two sub-populations
    `exposed` is the share of the receptors that stand at sites which released at the last event; the others (suffix u)
    see no glutamate. At an event both are mixed to their mean and split anew with POINTER released. Where released is
    not wired (a patch) all receptors are exposed.

Glutamate
    pulse_width = 0: at an event glu jumps to the event's concentration and decays to 0 with glu_tau.
    pulse_width > 0: glu relaxes with glu_tau (solution exchange) to the event's concentration for pulse_width ms, and
    back; overlapping pulses are counted. Either way the closed form of glu' = (target - glu)/glu_tau.

Current
    i = g_max popen (v - e);  popen = exposed o + (1 - exposed) ou

Numbers (celsius_reference 22 degC, q10 2)
    rates         refit of Jonas, Major & Sakmann 1993 (22 degC), see data/receptors/ca1.toml    cellmodel, jonas_1993
    e             Spruston, Jonas & Sakmann 1995                                                 spruston_1995
    glu_tau       Clements 1992                                                                  clements_1992
    k_m, closing, entry    fitted to the published effects of aniracetam                         cellmodel

Loops (each closed by one rate that is computed, never typed)
    c1 c2 d2 d1    k_off3
    c2 o d3 d2     a_d

Deviations from the sources
    The published scheme desensitizes with 20 ms in 10 mM glutamate, hence the refit. Its names are reversed here: beta
    opens and alpha closes. The modulator is absent from the source.

Numerics
    METHOD sparse is first order: use CVODE, or dt <= 0.005 ms for patch work. CONSERVE acts under fixed steps only;
    CVODE keeps the sums by itself, as every reaction takes from one state what it gives to another.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS ampa
    NONSPECIFIC_CURRENT i
    POINTER released
    RANGE k_on1, k_off1, k_on2, k_off2, k_on3, beta, alpha, b_d               : settable
    RANGE d_on1, d_off1, d_on2, d_off2, d_on3, d_off3                         : settable
    RANGE q10, celsius_reference, g_max, e                                    : settable
    RANGE k_m, closing, closing_one, entry, slows_o                           : settable
    RANGE dose, glu_tau, pulse_width                                          : protocol inputs
    RANGE popen, glu, exposed, g, i                                           : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    g_max   = 0        (uS)      <0, 1e9>      : conductance with all channels open
    e       = 0        (mV)      <-200, 200>   : reversal potential [spruston_1995]
    k_on1   = 2.63     (/mM-ms)  <1e-9, 1e9>   : c0 -> c1 [cellmodel]
    k_off1  = 8.41     (/ms)     <1e-9, 1e9>   : c1 -> c0 [cellmodel]
    k_on2   = 44.3     (/mM-ms)  <1e-9, 1e9>   : c1 -> c2 [cellmodel]
    k_off2  = 1.87     (/ms)     <1e-9, 1e9>   : c2 -> c1 [cellmodel]
    k_on3   = 2.27     (/mM-ms)  <1e-9, 1e9>   : d1 -> d2 [cellmodel]
    beta    = 2.35     (/ms)     <1e-9, 1e9>   : c2 -> o, opening [cellmodel]
    alpha   = 0.873    (/ms)     <1e-9, 1e9>   : o -> c2, closing [cellmodel]
    d_on1   = 0.736    (/ms)     <1e-9, 1e9>   : c1 -> d1 [cellmodel]
    d_off1  = 0.0335   (/ms)     <1e-9, 1e9>   : d1 -> c1 [cellmodel]
    d_on2   = 0.272    (/ms)     <1e-9, 1e9>   : c2 -> d2 [cellmodel]
    d_off2  = 0.00234  (/ms)     <1e-9, 1e9>   : d2 -> c2 [cellmodel]
    d_on3   = 0.0213   (/ms)     <1e-9, 1e9>   : o -> d3 [cellmodel]
    d_off3  = 0.00463  (/ms)     <1e-9, 1e9>   : d3 -> o [cellmodel]
    b_d     = 0.0173   (/ms)     <1e-9, 1e9>   : d2 -> d3 [cellmodel]
    q10     = 2        (1)       <1, 10>       : of all rates [cellmodel]
    celsius_reference = 22 (degC) <0, 50>      : where the rates hold [jonas_1993]
    k_m     = 1.5      (mM)      <1e-9, 1e9>   : affinity of one modulator site in the closed states [cellmodel]
    closing = 1        (1)       <1e-6, 1e6>   : what two bound sites make of alpha; 1 is no modulator [cellmodel]
    closing_one = 1    (1)       <1e-6, 1e6>   : what one bound site makes of alpha; 1 is no modulator [cellmodel]
    entry   = 1        (1)       <1e-6, 1e6>   : what two bound sites make of d_on; 1 is no modulator [cellmodel]
    slows_o = 1        (1)       <0, 1>        : 1 entry from o is slowed, 0 the return to o is sped up [cellmodel]
    dose    = 0        (mM)      <0, 1e3>      : concentration of the modulator
    glu_tau = 1.2      (ms)      <1e-6, 1e6>   : decay of the transient, or solution exchange [clements_1992]
    pulse_width = 0    (ms)      <0, 1e9>      : length of a pulse of glutamate, 0 a transient
}

ASSIGNED {
    v        (mV)
    celsius  (degC)
    i        (nA)
    g        (uS)
    popen    (1)     : open share of all receptors
    glu      (mM)    : glutamate at the exposed receptors
    exposed  (1)     : share of receptors that see glu
    released (1)     : share of sites that release at an event
    speed    (1)     : rates at celsius over rates at celsius_reference
    glu0     (mM)    : glu at t0
    target   (mM)    : where glu goes
    t0       (ms)    : last time glu or its target jumped
    n_on     (1)     : pulses that are on
}

STATE {
    c0  (1)
    c1  (1)
    c2  (1)
    o   (1)
    d1  (1)
    d2  (1)
    d3  (1)
    c0u (1)
    c1u (1)
    c2u (1)
    ou  (1)
    d1u (1)
    d2u (1)
    d3u (1)
}

INITIAL {
    speed = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    glu = 0
    glu0 = 0
    target = 0
    t0 = t
    n_on = 0
    exposed = 1
    SOLVE gating STEADYSTATE sparse
}

BREAKPOINT {
    CONDUCTANCE g
    SOLVE gating METHOD sparse
    glu = glutamate(t)
    popen = exposed * o + (1 - exposed) * ou
    g = g_max * popen
    i = g * (v - e)
}

KINETIC gating {
    LOCAL x, zc, zo, zd, shut, enter, enter_o, leave_o, k_off3, a_d, on

    : modulator: mean rates over its bound sites
    x = dose / k_m
    zc = (1 + x) * (1 + x)
    zo = 1 + 2 * x / closing_one + x * x / closing
    zd = 1 + 2 * x + entry * x * x
    shut = speed * alpha * zc / zo
    enter = speed * zd / zc
    if (slows_o > 0.5) {
        enter_o = speed * d_on3 * zd / zo
        leave_o = speed * d_off3
    } else {
        enter_o = speed * d_on3
        leave_o = speed * d_off3 * zo / zd
    }

    : detailed balance
    k_off3 = speed * k_on3 * k_off2 * d_on1 * d_off2 / (k_on2 * d_off1 * d_on2)
    a_d = speed * b_d * alpha * d_on2 * d_off3 / (beta * d_off2 * d_on3)

    on = speed * glutamate(t)
    ~ c0 <-> c1 (on * k_on1, speed * k_off1)
    ~ c1 <-> c2 (on * k_on2, speed * k_off2)
    ~ c2 <-> o  (speed * beta, shut)
    ~ c1 <-> d1 (enter * d_on1, speed * d_off1)
    ~ c2 <-> d2 (enter * d_on2, speed * d_off2)
    ~ o  <-> d3 (enter_o, leave_o)
    ~ d1 <-> d2 (on * k_on3, k_off3)
    ~ d2 <-> d3 (speed * b_d, a_d)
    CONSERVE c0 + c1 + c2 + o + d1 + d2 + d3 = 1

    ~ c0u <-> c1u (0, speed * k_off1)
    ~ c1u <-> c2u (0, speed * k_off2)
    ~ c2u <-> ou  (speed * beta, shut)
    ~ c1u <-> d1u (enter * d_on1, speed * d_off1)
    ~ c2u <-> d2u (enter * d_on2, speed * d_off2)
    ~ ou  <-> d3u (enter_o, leave_o)
    ~ d1u <-> d2u (0, k_off3)
    ~ d2u <-> d3u (speed * b_d, a_d)
    CONSERVE c0u + c1u + c2u + ou + d1u + d2u + d3u = 1
}

FUNCTION glutamate(at (ms)) (mM) {
    if (at > t0) {
        glutamate = target + (glu0 - target) * exp(-(at - t0) / glu_tau)
    } else {
        glutamate = glu0
    }
}

PROCEDURE blend(share (1)) {
    LOCAL rest
    rest = 1 - exposed
    c0 = exposed * c0 + rest * c0u
    c1 = exposed * c1 + rest * c1u
    c2 = exposed * c2 + rest * c2u
    o = exposed * o + rest * ou
    d1 = exposed * d1 + rest * d1u
    d2 = exposed * d2 + rest * d2u
    d3 = exposed * d3 + rest * d3u
    c0u = c0
    c1u = c1
    c2u = c2
    ou = o
    d1u = d1
    d2u = d2
    d3u = d3
    exposed = share
}

NET_RECEIVE (concentration (mM)) {
    glu0 = glutamate(t)
    t0 = t
    if (flag == 1) {
        n_on = n_on - 1
        if (n_on == 0) {
            target = 0
        }
    } else {
        if (nrn_pointing(released)) {
            blend(released)
        }
        if (pulse_width > 0) {
            n_on = n_on + 1
            target = concentration
            net_send(pulse_width, 1)
        } else {
            target = 0
            glu0 = concentration
        }
    }
}
