"""The catalogue of supervised items (监管事项目录清单): its versions, how they change, and whether it has gaps."""
