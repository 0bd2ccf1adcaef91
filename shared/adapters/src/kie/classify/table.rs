//! The words of each complaint. `words.rs` explains the rules.
//!
//! To add a text that the log shows as unknown: find its complaint, and add one rule or one word to a rule. Then add the text to
//! `tests/recorded.rs`. The test names the rule's collisions with other texts, if there are any.

use domain::classify::Why;

use super::Complaint::{self, Access, Address, Busy, Content, Fetch, Internal, Missing, Model, Money, Photo, Rate, Setting};
use super::PhotoComplaint::{File, Shape, Size};

/// Groups of words that several rules share.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("format", "webp|png$|jpg$|jpeg|gif$|heic|heif|avif|bmp$|tiff"),
    ("image", "image|img$|imgs$|photo|picture|pic$|pics$|jpg$|jpeg$|png$|webp$|first_frame|last_frame"),
    ("file", "@image|file|media|resource|material"),
    ("content", "@file|content|prompt|input|output|video|text"),
    ("fails", "fail|error|not$|no$|cannot|can_not|cant$|couldnt|unable|timeout|timed_out|denied|unsuccessful"),
    (
        "wrong",
        "invalid|illegal|incorrect|wrong|malformed|improper|bad$|error|unsupported|not_support|notsupport|not_allow|not_accept|\
         not_valid|not_a_valid|isnt_valid|not_recogni|not_meet|requirement|mismatch|unknown|only$",
    ),
    (
        "out_of_bounds",
        "exceed|too$|out_of|must|should|least|larger|smaller|less$|lower|greater|bigger|more_than|maximum|minimum|max$|min$|limit|\
         between|beyond|over$|under$|low$|small|large|big$|within|range",
    ),
    ("refused", "reject|refus|block|inappropriate|not_permit|disallow|illegal|unsafe|forbidden|banned|not_allow|filtered"),
];

/// The table. The first row with a satisfied rule counts. A text that names two complaints ("rejected: credits are insufficient") is
/// about the one that is higher up, so rows with unmistakable words come before rows with common ones.
pub(super) const TABLE: &[(Complaint, &[&str])] = &[
    (
        Missing,
        &[
            "required$ !pixel !px$ !least !minimum !higher !larger !valid !payment !authenti !authori !login !credit !balance$",
            "missing|lack param|argument|field|required",
            "cannot_be|can_not_be|cant_be|must_not_be|should_not_be|may_not_be|not_be empty|null|blank|none$",
        ],
    ),
    (
        Setting,
        &[
            "one_of|input_should|allowed_option|allowed_value|allowed_range|range_of_allowed|enum !model",
            "must_be|should_be|expected|not_a|not_an boolean|bool$|string|integer|number|array|object",
            "nsfw_checker|prompt_optimizer|prompt_extend value|must|should|invalid|type|unknown|allowed",
            "prompt|text length|too_long|longer|exceed|maximum|at_most !sensitive !polic",
            "too_many @file|item|url",
            "unknown|unexpected|unrecogni|additional|extra field|param|property|argument",
            "callback|call_back url|address|link @wrong",
        ],
    ),
    (
        Rate,
        &[
            "rate_limit|ratelimit|too_many_request|too_many_call|too_frequent|frequency|throttl|qps$|rpm$|tpm$|concurren|parallel|slow_down|\
             resource_exhaust|resource_has_been_exhaust|频繁|限流 !insufficient !enough !balance$",
            "quota|request|call|limit per$ second|seconds|sec$|minute|min$ !credit !frame !video",
        ],
    ),
    (
        Content(Some(Why::People)),
        &[
            "photorealistic|real_person|real_people|real_human|people_upload|person_upload|minor_upload|celebrit|public_figure|\
             prominent_person|prominent_people|privacy_information|private_information|personal_information",
            "portrait|likeness !landscape !aspect !ratio",
            "face$|faces$|facial|people|person$|persons$|human|child|children|minors$ \
             detect|contain|include|found|recogni|not_allow|cannot|cant$|refus|reject|not_support|not_permit|prohibit|without|present \
             @image|input|output|upload|detect|model|video !no_face !no_person !no_human",
        ],
    ),
    (
        Content(Some(Why::ThirdParty)),
        &[
            "third_party content|material|work|similar|right|protected",
            "copyright|trademark|intellectual_property|infring|ip_right|protected_character|侵权",
        ],
    ),
    (
        Content(Some(Why::Adult)),
        &["nsfw|nudity|nude|sexual|porn|erotic|adult_content|adult_material|explicit_content|explicit_material|色情|涉黄"],
    ),
    (
        Content(Some(Why::Words)),
        &[
            "prompt$|prompts$ contain|include|flag|sensitive|prohibit|violat|invalid|unsafe|harmful|moderation|safety|polic|guideline|\
             @refused !@image",
            "word$|words$|wording|text$ sensitive|prohibit|violat|inappropriate|banned|illegal|flag|unsafe !@image !output",
        ],
    ),
    (
        Content(None),
        &[
            "moderation|moderated|moderator|guardrail|risk_control|content_polic|usage_polic|safety|unsafe|敏感|违规|审核",
            "usage_guideline|content_guideline|community_guideline|community_standard|acceptable_use",
            "guideline|polic against|breach|contrary",
            "sensitive !case_sensitive",
            "violat|prohibit|flag|inappropriate|harmful|offensive|objectionable|violent|violence|hateful @content|polic|guideline|term",
            "review|audit not_pass|no_pass|fail|reject|refus|not_approv|did_not",
        ],
    ),
    (
        Money,
        &[
            "top_up|topup|recharge|payment_required|pay_first|overdue|arrear|余额|欠费|充值",
            "credit|balance$|balances$|fund$|funds$|quota|point$|points$|wallet|resource_pack \
             insufficient|enough|sufficient|afford|exhaust|exceed|used_up|been_used|expire|run_out|ran_out|out_of|deplet|lack|low$|limit|\
             reached|zero$|negative !white_balance !card",
            "no_credit|no_remaining_credit|no_available_credit|no_more_credit|0$_credit|zero_credit|any_credit|single_credit|no_fund|\
             no_balance|no_money|remaining_credit_0$|credit_remaining_0$|available_credit_0$|credit_left_0$|balance_0$|balance_is_0$ \
             !charge !consum !deduct !refund !white_balance",
            "credit|fund$|funds$|balance|money|quota \
             purchase|buy$|refill|replenish|deposit|add_more|add_credit|add_fund|add_balance|add_money !white_balance",
            "credit requir|need|cost available|remain|left$|only_have|have_only|your_balance !available_model",
            "more_credit|additional_credit|more_fund need|requir",
            "balance|credit below|is_0$|are_0$|is_zero !white_balance !consum !charge",
            "wallet|balance empty",
            "upgrade_your_plan|upgrade_plan|upgrade_your_subscription",
            "spend|spending|billing|budget cap$|caps$|limit|reach|exceed|exhaust !time",
            "daily|hourly|weekly|monthly|usage|sub_key cap$|caps$|limit|quota|allowance !memory !size !pixel",
            "account|key$ reached|exceed limit|cap$",
            "subscription expire|end|inactive|required",
        ],
    ),
    (
        Busy,
        &[
            "maintenance|maintained|maintaining|upgrading|overload|busy|capacity|high_demand|high_load|heavy_load|heavy_traffic",
            "temporarily|currently|service|server unavail|not_avail",
            "queue full",
        ],
    ),
    (
        Model,
        &[
            "model|models not_found|notfound|not_exist|doesnt_exist|not_support|unsupported|unknown|not_avail|unavail|offline|deprecat|\
             disabl|retired|discontinu|remov|no_longer|name_you_specified|not_open|not_activ|no_such|not_publish|invalid \
             !pixel !size !format !@format !resolution !ratio !width",
            "page|model not_publish|not_exist",
            "feature disabl|not_avail|unavail|not_open|not_enabl",
        ],
    ),
    (
        Fetch,
        &[
            "fetch|download|retriev|load$|loaded|loading|access|accessed|accessible|get$|obtain|reached|unreachable|inaccessible \
             @file|link|url|urls @fails|expired|unreachable|inaccessible \
             !size !pixel !px$ !width !ratio !format !limit !corrupt !permission !video_result !result_file !result_video !callback",
            "url|urls|link|address returned|responded|status|http|got$ 401$|403$|404$|410$|429$|500$|502$|503$|504$ \
             !callback !call_back !api$ !model !provider !upstream !endpoint !ip_address",
            "@file|link|url expired|publicly|unreachable|inaccessible !video !callback !key !token",
            "download fail|error|timeout|timed_out !video !result !task !model !size !pixel !px$ !width !format !corrupt",
            "upload @image|media fail|error|unable|could_not !support !size !pixel !ratio !format !be_opened !decode !corrupt",
        ],
    ),
    (
        Address,
        &[
            "type$|types$|filetype|extension|suffix file|filetype|url|urls|link @wrong|cant$|cannot|unable|must !callback !header",
            "mime|content_type|file_extension|file_suffix @wrong !header",
            "@image|input|reference url|urls|link|address @wrong|must !callback !size !pixel !ratio !width !height !format",
            "invalid_url|url_invalid|malformed_url !callback",
        ],
    ),
    (
        Access,
        &[
            "unauthori|not_authori|unauthenti|access_permission|accessdenied|access_denied|permission_denied|whitelist|allowlist|error_code_1010",
            "authenti|authori|api_key|apikey|token$|key$ fail|invalid|expire|required|incorrect|wrong|revoked|disabled|denied|not_valid",
            "permission|privilege no$|not$|denied|lack|without|insufficient",
            "account suspend|disabled|frozen|banned|deactivat|blocked|locked|restricted",
            "access prohibit|forbidden",
        ],
    ),
    (
        Photo(Shape),
        &[
            "aspect ratio between|exceed|too$|out_of|outside|least|greater|less$|extreme",
            "@image aspect|ratio|proportion @wrong|@out_of_bounds|outside !model",
            "width height ratio @wrong|@out_of_bounds|outside",
            "@image too_narrow|elongated|panoram|too_wide|too_long|too_tall !model !prompt",
        ],
    ),
    (
        Photo(Size),
        &[
            "pixel @wrong|@out_of_bounds|need|or_more|or_less",
            "width|height|dimension|px$|shorter_edge|shortest_side|longest_side @wrong|@out_of_bounds|need !output",
            "@image x$ @wrong|@out_of_bounds|below !model !video !output !generat",
            "image_size|images_size|photo_size|picture_size exceed|too$ !file !model !mb$ !kb$ !byte",
            "@image too_small|too_tiny|big_enough|large_enough !model !mb$ !kb$ !byte",
            "@image resolution|resize @wrong|@out_of_bounds !model",
        ],
    ),
    (
        Photo(File),
        &[
            "@image size|large|big$|small|format|quality|type|kb$|mb$ @wrong|@out_of_bounds !model",
            "file|media|input size|large|big$|format @wrong|@out_of_bounds !video !output !result",
            "@image unsupported|not_support|not_a_support|invalid|incorrect|corrupt|damaged|broken|decode|unreadable|blur|truncated|parse|\
             not_be_open|cannot_open|unable_to_open|cannot_identify !model !image_to !parameter",
            "@image is_empty|empty_file !url$ !urls$",
            "@format not_support|not_a_support|unsupported|not_accept|not_allow|only$|invalid|corrupt",
        ],
    ),
    (
        Content(None),
        &[
            "@refused|reject|denied @content !later !constraint",
            "could_not_be_process|couldnt_be_process|cannot_be_process|unable_to_process @content !later",
        ],
    ),
    (
        Setting,
        &[
            "param|argument|field|property|payload|schema|value @wrong|out_of|validation",
            "invalid_request|request_body",
            "duration|resolution|mode$|sound$|seed$|aspect|quality @wrong|must|exceed|out_of|within",
        ],
    ),
    (
        Internal,
        &[
            "internal|server|system|service|upstream|provider|third_party|backend \
             error|exception|fault|fail|timeout|timed_out|returned",
            "something_went_wrong|unexpected_error|unexpected_exception|bad_gateway|timeout|timed_out|time_out|etimedout|reset_by_peer|\
             econn|connection|network|socket|fetch_fail|error_code_5|no_output",
            "task|job$|generat|playground|rendering fail|error|blank|exception|unsuccessful",
            "is_blank",
        ],
    ),
];
