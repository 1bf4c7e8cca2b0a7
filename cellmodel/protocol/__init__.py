"""Protocols as values: what is done to a slice, when, and nothing about how it is computed."""

from cellmodel.protocol.protocol import Phase, Protocol, Train, Wash, read_protocol

__all__ = ["Phase", "Protocol", "Train", "Wash", "read_protocol"]
