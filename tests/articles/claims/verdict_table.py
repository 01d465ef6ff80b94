"""Synthetic figures on the three sides of every rule of verdict."""

BOTH_FORMS = ("ball_calmer_low", "ball_farther_low", "ema_calmer_low", "ema_farther_low")

# a claim's figures: those that hold, and what to change so that it holds in part, and fails
SIDES = {
    "C1": (
        {"largest_on_signals": 8.0, "largest_on_landscapes": 6.0},
        {"largest_on_landscapes": 4.9},
        {"largest_on_signals": 4.9, "largest_on_landscapes": 4.9},
    ),
    "C2": (
        {
            "momentum_apart": 0.05,
            "nesterov_apart": 0.09,
            "constant_ratio": 0.999,
            "typically_apart": 0.02,
        },
        {"nesterov_apart": 0.11},
        {"momentum_apart": 0.5, "typically_apart": 0.2},
    ),
    "C3": (
        {"clean_ratio": 1.1, "faster_low": 0.6, "ratio_low": 1.01},
        {"ratio_low": 0.99},
        {"clean_ratio": 0.9, "faster_low": 0.5},
    ),
    "C4": (
        {"both_large": 0.2, "gamma_alone": 0.0, "eta_alone": 0.01, "neither": 0.0},
        {"eta_alone": 0.02},
        {"both_large": 0.09},
    ),
    "C6": (
        {"early_gap_low": 0.3, "late_gap_largest": 0.04, "late_gap_median": 0.02},
        {"late_gap_largest": 0.06},
        {"early_gap_low": 0.09},
    ),
    "C7": (
        {
            "fade_without_root": -1.0,
            "fade_with_root": -0.5,
            "worse_low": 0.6,
            "better_high": 0.3,
        },
        {"worse_low": 0.2},
        {"fade_without_root": -0.6, "worse_low": 0.2},
    ),
    "C9": (
        {"adagrad_power": -0.5, "rmsprop_change": 0.01, "rmsprop_level": 0.9},
        {"adagrad_power": -0.1},
        {"adagrad_power": -0.1, "rmsprop_change": 0.06},
    ),
    "C10": (
        {
            "adagrad_low": 1.5,
            "rmsprop_low": 1.4,
            "big_start_low": 1.1,
            "zero_start_high": 0.9,
            "big_start_early_low": 1.5,
            "big_start_late_high": 1.2,
        },
        {"big_start_low": 0.9, "big_start_early_low": 0.9},
        {"adagrad_low": 0.9},
    ),
    "C11": (
        {
            "adadelta_objective_error": 0.001,
            "adadelta_parameters_error": 0.009,
            "others_that_fail": 14,
            "other_rules": 14,
        },
        {"others_that_fail": 13},
        {"adadelta_parameters_error": 0.02},
    ),
    "C12": (
        {"steps_near_one": 400, "steps_at_09": 120},
        {"steps_at_09": 240},
        {"steps_near_one": 80, "steps_at_09": 0},
    ),
    "C13": (
        {"m_steps": 10, "v_steps": 981},
        {"v_steps": 1300},
        {"m_steps": 20, "v_steps": 700},
    ),
    "C14": (
        {"at_once_largest": 0.1, "clipping_shift": 0.02},
        {"clipping_shift": 0.3},
        {"at_once_largest": 0.9, "clipping_shift": 0.3},
    ),
    "C15": (
        {"bias_at_most": 0.03, "bias_without": -0.9},
        {"bias_at_most": 0.2},
        {"bias_at_most": 0.95},
    ),
    "C16": (
        {"wrong_in_the_limit": 0.0, "wrong_above_p_2_least": 0.1, "wrong_above_p_2_most": 0.9},
        {"wrong_above_p_2_least": 0.0},
        {"wrong_in_the_limit": 0.1},
    ),
    "C17": (
        {
            "adam_deviation": 1e-6,
            "rmsprop_deviation": 1e-4,
            "adam_to_later_low": 5.0,
            "rmsprop_to_later_low": 3.0,
        },
        {"rmsprop_deviation": 0.5},
        {"rmsprop_deviation": 0.5, "adam_to_later_low": 0.9},
    ),
    "C18": (
        {"adam_in_global": 1, "others_in_local": 4, "others": 4},
        {"others_in_local": 3},
        {"adam_in_global": 0},
    ),
    "C19": (
        {
            "turning_high": -0.9,
            "times_with_eta_low": 2.0,
            "times_with_small_eps_low": 1.5,
            "adagrad_share_high": 0.05,
        },
        {"times_with_small_eps_low": 0.9},
        {"adagrad_share_high": 0.8},
    ),
    "C20": (
        {
            "whirling_least": 0.97,
            "slowing_least": 1.0,
            "decaying_least": 0.96,
            "momenta_that_do_all": 1.0,
        },
        {"whirling_least": 0.1, "momenta_that_do_all": 0.6},
        {"decaying_least": 0.1, "momenta_that_do_all": 0.4},
    ),
    "C21": (
        {"reach_it_at_all": 0, "with_a_chance": 0, "at_the_articles_settings": 0},
        {"reach_it_at_all": 2},
        {"reach_it_at_all": 2, "with_a_chance": 1},
    ),
    "C22": (
        {"lost_large": 0.05, "lost_large_low": 0.03, "lost_small_high": 0.01},
        {"lost_large_low": 0.005},
        {"lost_large": 0.0, "lost_large_low": 0.0},
    ),
    "C26": (
        {"shift_at_small_eps": 1e-6, "shift_at_large_eps": 0.2},
        {"shift_at_small_eps": 5e-3},
        {"shift_at_small_eps": 0.1},
    ),
    "C32": (
        {
            "average_increases": 0,
            "adam_increases": 0,
            "average_at_last": 0.0,
            "adam_at_last": 1e-4,
        },
        {"adam_increases": 11},
        {"adam_at_last": 0.1},
    ),
    "C34": (
        {"slow_factor_low": 40.0, "never_settles_low": 0.95, "turns": 0.8},
        {"turns": 0.2},
        {"slow_factor_low": 5.0, "never_settles_low": 0.5},
    ),
    "C35": (
        {
            "descent_saddle_high": 0.05,
            "descent_plateau_high": 0.05,
            "rest_saddle_high": 0.05,
            "rest_plateau_high": 0.05,
            "momentum_saddle_low": 0.7,
            "momentum_plateau_low": 0.6,
        },
        {"rest_saddle_high": 0.5},
        {"momentum_saddle_low": 0.0, "momentum_plateau_low": 0.0},
    ),
    "C36": (
        {"saved_low": 0.6, "thrown_clipped_high": 0.2, "thrown_low": 0.5},
        {"saved_low": 0.4},
        {"thrown_clipped_high": 0.6},
    ),
    "C37": (
        {"weight_off_most": 0.04, "weight_off_from_09": 0.02, "lag_error": 1e-6},
        {"weight_off_most": 0.12},
        {"lag_error": 0.5},
    ),
    "C39": (
        {"passed_large_low": 0.9, "unsettled_large_low": 0.8, "unsettled_none_high": 0.1},
        {"unsettled_none_high": 0.9},
        {"passed_large_low": 0.4, "unsettled_none_high": 0.9},
    ),
    "C40": (
        {"rmsprop_grows_low": 1.0, "rmsprop_left_high": 0.05},
        {"rmsprop_left_high": 0.9},
        {"rmsprop_grows_low": 0.4, "rmsprop_left_high": 0.9},
    ),
    "C48": (
        {
            "ball_calmer_low": 0.6,
            "ball_farther_low": 0.9,
            "ema_calmer_low": 0.6,
            "ema_farther_low": 0.7,
        },
        {"ema_farther_low": 0.0},
        dict.fromkeys(BOTH_FORMS, 0.4),
    ),
    "C49": (
        {"steep_high": 0.8, "flat_low": 3.0},
        {"flat_low": 0.9},
        {"steep_high": 1.1, "flat_low": 0.9},
    ),
    "C50": (
        {"first_force_least": 1.0, "rare_to_common_least": 1.3},
        {"rare_to_common_least": 0.9},
        {"first_force_least": 0.5, "rare_to_common_least": 0.9},
    ),
    "C51": (
        {
            "rmsprop_recovered_least": 0.95,
            "rmsprop_recovered_at_09": 1.0,
            "adagrad_recovered": 0.2,
        },
        {"rmsprop_recovered_least": 0.8},
        {"adagrad_recovered": 0.6},
    ),
    "C53": (
        {"steps_near_one": 560, "steps_beyond_common": 200, "steps_at_09": 120},
        {"steps_beyond_common": 0},
        {"steps_at_09": 300},
    ),
    "C54": (
        {
            "periods_most": 2,
            "roughness_most": 0.4,
            "periods_at_09": 1,
            "roughness_at_09_high": 0.2,
        },
        {"roughness_most": 0.7},
        {"roughness_most": 0.7, "roughness_at_09_high": 0.6},
    ),
    "C62": (
        {"updates_kept": 6, "carried_lost_at_09": 0.1, "carried_lost_at_0975": 0.025},
        {"carried_lost_at_09": 0.2},
        {"updates_kept": 2},
    ),
    "C63": (
        {"with_speed_low": 0.6, "from_rest_high": 0.05},
        {"from_rest_high": 0.2},
        {"with_speed_low": 0.1, "from_rest_high": 0.2},
    ),
}
