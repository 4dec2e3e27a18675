"""Simulated sets on a virtual clock: real core, store, scheduler and courier; made-up people.

`platform` is what they type into, `people` how they behave, `observer` judges from outside,
`run` plays it all, `weather` lets processes die and calls fail (`--faults`).
"""
