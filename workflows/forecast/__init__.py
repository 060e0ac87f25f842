"""Forecast (办结预测): how likely a running limit is to be exceeded, learnt from how earlier ones ended."""
