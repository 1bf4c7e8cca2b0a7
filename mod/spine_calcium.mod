TITLE Calcium in a spine head

COMMENT
What it models
    One well-mixed head with fast buffers: the calcium currents of its receptors and channels fill it, pumps and the neck
    empty it with one time constant.

Equation
    cai' = -(ica - ica_rest) (surface/volume)/(2 F (1 + kappa)) - (cai - rest)/tau
    A cylinder of diameter d has surface/volume = 4/d (lateral surface, the one NEURON gives the segment).

Numbers
    tau (12-20 ms), kappa (24 +/- 11), rest    plasticity reference, see data/synapse.toml    sabatini_2002
    ica_rest                                   the head's own calcium current at rest (set by the slice)

Temperature
    tau is that of near-physiological temperature; no factor is applied.
ENDCOMMENT

NEURON {
    SUFFIX spine_calcium
    USEION ca READ ica WRITE cai
    RANGE tau, kappa, rest, ica_rest    : settable
}

UNITS {
    (mV)    = (millivolt)
    (mA)    = (milliamp)
    (mM)    = (milli/liter)
    (um)    = (micron)
    FARADAY = (faraday) (coulomb)
}

PARAMETER {
    tau   = 14   (ms) <1e-2, 1e4>  : removal, buffers included [sabatini_2002]
    kappa = 24   (1)  <0, 1e4>     : buffered calcium ions for each free one [sabatini_2002]
    rest  = 7e-5 (mM) <1e-7, 1>    : resting calcium [sabatini_2002]
    ica_rest = 0 (mA/cm2) <-1e3, 1e3> : calcium current that the pump balances at rest [cellmodel: derived]
}

ASSIGNED {
    ica  (mA/cm2)
    diam (um)
}

STATE {
    cai (mM)
}

INITIAL {
    cai = rest
}

BREAKPOINT {
    SOLVE pool METHOD cnexp
}

DERIVATIVE pool {
    cai' = -(1e4) * 4 * (ica - ica_rest) / (diam * 2 * FARADAY * (1 + kappa)) - (cai - rest) / tau
}
