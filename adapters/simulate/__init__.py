"""Simulated sets on a virtual clock: real core, store, scheduler and courier; made-up people.

`platform` is what they type into, `seeing` decides what they do next, `observer` judges from
outside, `run` plays it all.
"""
