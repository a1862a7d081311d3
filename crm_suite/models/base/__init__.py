from . import base
from . import (
    res_config_settings,
    res_users,
)
