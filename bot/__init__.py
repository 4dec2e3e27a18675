"""The platform-neutral core of als: the method, without platforms and without SQL."""
