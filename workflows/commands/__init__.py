"""Use cases of the domain: frozen values with ``run(uow)``."""
