TITLE Calcium in a shell below the membrane

COMMENT
What it models
    One well-mixed shell: calcium currents fill it, pumps and diffusion empty it with one time constant.

Equation
    cai' = -(ica - ica_rest)/(2 F depth) - (cai - rest)/tau

Numbers                         source                                                     temperature
    depth 0.1 um, tau 100 ms,   Tomko et al. 2021 (ModelDB 266901), after Destexhe,          35 degC
    rest 50 nM                  Babloyantz & Sejnowski 1993
    ica_rest                    the cell's own calcium current at rest (set by the cell)     -

Deviations from the source
    The pump balances the current at rest, so that a cell at rest keeps the resting calcium. No temperature factor: tau is
    that of the whole of pumps, buffers and diffusion, which no source separates.
ENDCOMMENT

NEURON {
    SUFFIX ca_dynamics
    USEION ca READ ica WRITE cai
    RANGE depth, tau, rest, ica_rest    : settable
}

UNITS {
    (mA)    = (milliamp)
    (mM)    = (milli/liter)
    (um)    = (micron)
    FARADAY = (faraday) (coulomb)
}

PARAMETER {
    depth    = 0.1  (um)     <1e-3, 1e2>   : of the shell [tomko_2021]
    tau      = 100  (ms)     <1e-2, 1e5>   : removal [tomko_2021]
    rest     = 5e-5 (mM)     <1e-9, 1>     : resting calcium [tomko_2021]
    ica_rest = 0    (mA/cm2) <-1e3, 1e3>   : calcium current that the pump balances at rest [cellmodel: derived]
}

ASSIGNED {
    ica (mA/cm2)
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
    cai' = -(1e4) * (ica - ica_rest) / (2 * FARADAY * depth) - (cai - rest) / tau
}
