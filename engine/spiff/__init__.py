"""Runs BPMN diagrams: the only package that knows SpiffWorkflow.

``runtime`` is the front door. Behind it: ``parser`` and ``vendor`` read a file into the values of
``diagram``; the ``validator`` modules refuse what would not run as drawn; ``build`` makes SpiffWorkflow
specifications of it (``specs``, ``activities``, ``repeated``, ``events``, ``decisions``); ``tokens``
moves through them; ``execution`` is one step of one instance, ``rest`` says where it rests and
``codec`` keeps it as bytes.

How diagrams are understood:

* Variables belong to scopes. A process, a called process, each item of a multi-instance activity and an
  activity with input or output parameters have their own; everything else shares the scope around it,
  parallel branches too. Reading looks outward, writing is local, the last write wins.
* An item of a multi-instance activity hands its writes outward when it completes, unless
  ``outputCollection`` says what to collect instead.
* A called process gets and returns only what ``camunda:in`` and ``camunda:out`` name.
* Thrown messages and signals always leave the instance; errors and escalations never do.
* Timers fall due at an instant computed once, when they begin to wait, and fire only when told to.
* A condition that is neither true nor false stops the step: nobody is sent along a default by accident.
"""
