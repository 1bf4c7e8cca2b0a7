"""A user's receptor that is not the shipped one: tuned to the user's control, with the error of the tuning.

Ratios depend a little on the receptor. A control with an error leaves the receptor uncertain, and so what
the ratios should be; this doubt is correlated over the ratios, and with the error they have from the control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellmodel.compound import Modulation
from cellmodel.fitting.ratios import Ratios
from cellmodel.fitting.twin import Gated, Rig, shown
from cellmodel.receptor import Receptor, Scheme
from cellmodel.traces import read_only

ENTRY, LEAVING = ("d_on1", "d_on2", "d_on3"), ("d_off1", "d_off2", "d_off3")
ALIKE = 0.05  # relative difference of a control from the receptor's own that is left as it is
PULL = 0.03  # of each factor's logarithm towards 0
FURTHEST = 5.0  # factor by which a receptor is tuned; beyond it another one is to be chosen
STEP = 0.03  # of each factor's logarithm, for slopes


@dataclass(frozen=True)
class Tuning:
    """How a user's receptor differs from the shipped one, 1 for not at all.

    Parameters
    ----------
    speed : float, 1
        Of all rates.
    entry, leaving : float, 1
        Of the rates into and out of desensitization, besides.
    """

    speed: float = 1.0
    entry: float = 1.0
    leaving: float = 1.0

    @property
    def is_none(self) -> bool:
        """Whether the receptor is the shipped one."""
        return self == Tuning()

    @property
    def logs(self) -> np.ndarray:
        """The factors' logarithms, (3,)."""
        return np.log([self.speed, self.entry, self.leaving])

    def applied(self, receptor: Receptor) -> Receptor:
        """Return the receptor with its rates changed."""
        factors = dict.fromkeys(ENTRY, self.entry) | dict.fromkeys(LEAVING, self.leaving)
        rates = {name: rate * self.speed * factors.get(name, 1.0) for name, rate in receptor.rates.items()}
        return replace(receptor, rates=rates)


@dataclass(frozen=True)
class Control:
    """What a user's own control shows.

    Parameters
    ----------
    measures : tuple of str
    values : array, (n,) ms or 1
    covariance : array, (n, n) 1
        Of the logarithms.
    is_shared : array of bool, (n,)
        Whether the ratios were made with this very control, and so have its error too.
    """

    measures: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    is_shared: np.ndarray

    def __post_init__(self) -> None:
        for name in ("values", "covariance", "is_shared"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @staticmethod
    def given(values: Mapping[str, float], errors: Mapping[str, float]) -> Control:
        """Return a control from values and relative errors that do not stand in the ratios."""
        spread = np.diag([errors[name] ** 2 for name in values])
        return Control(tuple(values), np.array(list(values.values())), spread, np.zeros(len(values)))

    def describe(self) -> dict[str, dict[str, float]]:
        """Return measure to value and relative standard error, as run.json keeps it."""
        errors = np.sqrt(np.diag(self.covariance))
        rows = zip(self.measures, self.values, errors, strict=True)
        return {name: {"value": float(value), "error": float(error)} for name, value, error in rows}

    def as_mapping(self) -> dict[str, float]:
        """Return measure to value."""
        return dict(zip(self.measures, map(float, self.values), strict=True))

    def part(self, measures: Sequence[str]) -> Control:
        """Return some of the measures, those that are there."""
        kept = [k for k, name in enumerate(self.measures) if name in measures]
        names = tuple(self.measures[k] for k in kept)
        return Control(names, self.values[kept], self.covariance[np.ix_(kept, kept)], self.is_shared[kept])

    def joined(self, other: Control) -> Control:
        """Return both; where they show the same, the other's holds."""
        from scipy.linalg import block_diag

        own = self.part([name for name in self.measures if name not in other.measures])
        return Control(
            own.measures + other.measures,
            np.append(own.values, other.values),
            block_diag(own.covariance, other.covariance),
            np.append(own.is_shared, other.is_shared),
        )


def tuned(receptor: str, rig: Rig, control: Control) -> Tuning:
    """Return what makes a shipped receptor show a user's control.

    A control that is the receptor's own to within `ALIKE` needs no tuning. What the control leaves open stays
    near 1 by a weak pull.
    """
    from scipy.optimize import least_squares

    shipped, wanted = Receptor.named(receptor), np.log(control.values)

    def misses(logs: np.ndarray) -> np.ndarray:
        return _controls(Tuning(*np.exp(logs)).applied(shipped), rig, control.measures) - wanted

    if not control.measures or np.all(np.abs(misses(np.zeros(3))) < np.log1p(ALIKE)):
        return Tuning()
    found = least_squares(
        lambda logs: np.append(misses(logs), PULL * logs),
        np.zeros(3),
        bounds=(-np.log(FURTHEST), np.log(FURTHEST)),
        xtol=1e-3,
        ftol=1e-4,
        diff_step=1e-3,
    )
    return Tuning(*(float(np.round(factor, 3)) for factor in np.exp(found.x)))


def _controls(receptor: Receptor, rig: Rig, measures: Sequence[str]) -> np.ndarray:
    """Return the logarithms of what a receptor shows without drug, (n,)."""
    return np.log(list(shown(Scheme(receptor), rig, tuple(measures)).values()))


Kind = Callable[[Receptor, Modulation, float], Gated]
"""Makes of a receptor and a modulator at a dose (mM) what gates: `Scheme`, `SlowScheme`."""


@dataclass(frozen=True)
class Modulated:
    """Where the slopes of `doubt` are taken.

    Parameters
    ----------
    receptor : str
        A shipped one.
    rig : Rig
    tuning : Tuning
    kind : callable
    modulation : Modulation
        Near that of the ratios.
    """

    receptor: str
    rig: Rig
    tuning: Tuning
    kind: Kind
    modulation: Modulation

    def seen(self, logs: np.ndarray, controls: Sequence[str], ratios: Ratios) -> np.ndarray:
        """Return the logarithms of controls, then of ratios, with the tuning's logarithms changed, (n,)."""
        receptor = Tuning(*np.exp(self.tuning.logs + logs)).applied(Receptor.named(self.receptor))
        without = shown(Scheme(receptor), self.rig, ratios.kinds)
        drugged = {
            dose: shown(self.kind(receptor, self.modulation, float(dose)), self.rig, ratios.kinds)
            for dose in ratios.tested
        }
        pairs = zip(ratios.measures, ratios.doses, strict=True)
        of_ratios = [drugged[dose][measure] / without[measure] for measure, dose in pairs]
        return np.append(_controls(receptor, self.rig, controls), np.log(of_ratios))


def doubt(ratios: Ratios, control: Control, where: Modulated) -> np.ndarray:
    """Return what the control's error adds to the covariance of the ratios' logarithms, (n, n).

    With ``e`` the errors of the control's logarithms, the tuning errs by ``A e`` (`tuned`, to first order),
    and what the ratios should be by ``J A e``; ratios made with this control err by ``-S e``. The difference
    has the covariance ``(S + J A) C (S + J A)'``, of which the ratios' own holds ``S C S'`` already.

    Parameters
    ----------
    ratios : Ratios
    control : Control
        From which the tuning is.
    where : Modulated
    """
    moves = STEP * np.eye(3)
    up, down = ([where.seen(sign * move, control.measures, ratios) for move in moves] for sign in (1.0, -1.0))
    of_controls, of_ratios = np.split((np.array(up) - down).T / (2 * STEP), [len(control.measures)])
    tuning = np.linalg.solve(of_controls.T @ of_controls + PULL**2 * np.eye(3), of_controls.T)
    carried = of_ratios @ tuning
    same = np.array([[measure == name for name in control.measures] for measure in ratios.measures])
    cross = (same * control.is_shared) @ control.covariance @ carried.T
    return read_only(cross + cross.T + carried @ control.covariance @ carried.T)
