TITLE AMPA current of one synapse, read from the receptors of its volley

COMMENT
What it models
    Synapses that a volley reaches at one instant, with one release history, hold receptors that go through the same
    occupancies: gating does not depend on voltage. Those occupancies are integrated once (ampa.mod) and every synapse of
    the volley conducts with them here, through two POINTERs that one Python function wires and checks.

Equations
    i_total = (1 - block) g_max (n_resident popen_resident + (n - n_resident) popen_inserted) (v - e)
    i_ca = ca_fraction i_total;  i = i_total - i_ca
    n: receptors now, in units of the average synapse before LTP (POINTER to plasticity.mod); n_resident: those of the
    beginning. When receptors have left (n < n_resident) the residents are what is left.

Numbers
    ca_fraction    GluA1/A2 (plasticity reference)    chindemi_2022
    e              Spruston, Jonas & Sakmann 1995     spruston_1995
    g_max          set by cellmodel.synapse: unitary peak conductance over peak open fraction, times distance rule

Simplification
    Calcium is a share of the whole current and reverses with it, where that of nmda.mod has a driving force of its own:
    it is a thirtieth of it, and potentials near e are rare.

Temperature
    Gating, and with it temperature, is in ampa.mod; nothing here depends on it.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS ampa_site
    USEION ca WRITE ica
    NONSPECIFIC_CURRENT i
    POINTER popen_resident, popen_inserted, n
    RANGE g_max, e, n_resident, ca_fraction, block    : settable
    RANGE g, i_ca                                     : read-outs
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (uS) = (microsiemens)
}

PARAMETER {
    g_max       = 0.001 (uS) <0, 1e3>  : conductance with all receptors of an average synapse open [cellmodel]
    e           = 0     (mV)           : reversal potential [spruston_1995]
    n_resident  = 1     (1)  <0, 1e3>  : receptors at the beginning, in units of the average synapse
    ca_fraction = 0.005 (1)  <0, 1>    : share of the current carried by calcium [chindemi_2022]
    block       = 0     (1)  <0, 1>    : share of receptors antagonized
}

ASSIGNED {
    v    (mV)
    i    (nA)    : current not carried by calcium
    ica  (nA)
    i_ca (nA)    : calcium current of these receptors
    g    (uS)
    popen_resident (1)
    popen_inserted (1)
    n              (1)
}

INITIAL {
    g = 0
}

BREAKPOINT {
    LOCAL i_total, g_ca, g_other
    CONDUCTANCE g_ca USEION ca
    CONDUCTANCE g_other
    g = (1 - block) * g_max * open_receptors(n, n_resident)
    i_total = g * (v - e)
    i_ca = ca_fraction * i_total
    ica = i_ca
    i = i_total - i_ca
    g_ca = ca_fraction * g
    g_other = g - g_ca
}

FUNCTION open_receptors(n_now (1), n_start (1)) (1) {
    if (n_now < n_start) {
        open_receptors = n_now * popen_resident
    } else {
        open_receptors = n_start * popen_resident + (n_now - n_start) * popen_inserted
    }
}
