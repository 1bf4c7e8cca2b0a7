TITLE Small-conductance calcium-activated potassium channel (SK)

COMMENT
What it models
    The voltage-independent potassium current that follows calcium: part of the after-hyperpolarization.

Scheme
    three m gates:   closed <-- r, 1 --> open,   r = (cai/k_half)^4

Equations
    ik = g_max m^3 (v - ek)
    m: inf = r/(1 + r),  tau = max(tau_min, 1/(q b (1 + r)))

Numbers                         source                                                     temperature
    k_half, b, q10 3            Tomko et al. 2021 (ModelDB 266901), after Destexhe 1994       22 degC
                                and Poirazi 2003

Deviations from the source
    None.
ENDCOMMENT

NEURON {
    SUFFIX sk
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE g_max              : settable
    RANGE g, m_inf, m_tau    : read-outs
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S)  = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    g_max   = 0       (S/cm2) <0, 1e3>      : density, set by the cell [cellmodel]
    k_half  = 3.5e-4  (mM)    <1e-12, 1e3>  : calcium that opens half of the gates [tomko_2021]
    b       = 0.03    (/ms)   <1e-9, 1e3>   : closing rate [tomko_2021]
    tau_min = 0.5     (ms)    <1e-6, 1e3>   : fastest activation [tomko_2021]
    q10     = 3       (1)     <1, 10>       : of the rates [tomko_2021]
    celsius_reference = 22 (degC)           : of the rates [tomko_2021]
}

ASSIGNED {
    v       (mV)
    celsius (degC)
    cai     (mM)
    ek      (mV)
    ik      (mA/cm2)
    g       (S/cm2)
    q       (1)
    m_inf   (1)
    m_tau   (ms)
}

STATE {
    m (1)
}

INITIAL {
    q = q10 ^ ((celsius - celsius_reference) / 10 (degC))
    rates(cai)
    m = m_inf
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE gating METHOD cnexp
    g = g_max * m * m * m
    ik = g * (v - ek)
}

DERIVATIVE gating {
    rates(cai)
    m' = (m_inf - m) / m_tau
}

PROCEDURE rates(c (mM)) {
    LOCAL x, r
    x = c / k_half
    r = x * x * x * x
    m_inf = r / (1 + r)
    m_tau = 1 / (q * b * (1 + r))
    if (m_tau < tau_min) {
        m_tau = tau_min
    }
}
