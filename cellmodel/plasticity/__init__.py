"""Calcium-driven plasticity: the rule, its slow states, and the hypotheses of expression."""

from cellmodel.plasticity.expression import Expression, hypotheses
from cellmodel.plasticity.rule import Rule, SlowStates, advance, starting_states

__all__ = ["Expression", "Rule", "SlowStates", "advance", "hypotheses", "starting_states"]
