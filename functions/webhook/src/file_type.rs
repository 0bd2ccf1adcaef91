//! What a file claims to be. Clients state a photo's type in many ways, and some state none.

use adapters::telegram::update::Document;

/// The media types of the images that the bot takes, with the names that older clients use.
const IMAGE_TYPES: [&str; 6] = ["image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "image/webp"];
/// The endings of the names of such images.
const IMAGE_EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp"];
/// The media types of HEIC and HEIF images and sequences.
const HEIC_TYPES: [&str; 4] = ["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"];
/// The endings of the names of such images; cameras write `hif`.
const HEIC_EXTENSIONS: [&str; 5] = ["heic", "heif", "heics", "heifs", "hif"];

/// What a file claims to be, by its media type or its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileType {
    /// A JPEG, PNG or WebP image.
    Image,
    /// A HEIC or HEIF image.
    Heic,
    /// Another file.
    Other,
}

impl FileType {
    /// The type that a file claims. A fitting media type or a fitting name is enough, even if the other one contradicts it: the head
    /// of the file is read before the charge and decides.
    pub(crate) fn of(document: &Document) -> Self {
        let stated = document.mime_type.as_deref().unwrap_or_default();
        // Parameters may follow the type: image/jpeg; charset=binary.
        let media_type = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let name = document.file_name.as_deref().unwrap_or_default().trim();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let is_one_of = |types: &[&str], extensions: &[&str]| {
            types.contains(&media_type.as_str()) || extensions.contains(&extension.as_str())
        };
        if is_one_of(&IMAGE_TYPES, &IMAGE_EXTENSIONS) {
            Self::Image
        } else if is_one_of(&HEIC_TYPES, &HEIC_EXTENSIONS) {
            Self::Heic
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(media_type: impl Into<Option<&'static str>>, name: impl Into<Option<&'static str>>) -> FileType {
        let [mime_type, file_name] = [media_type.into(), name.into()].map(|text| text.map(str::to_owned));
        let [file_id, file_unique_id] = ["D", "d"].map(str::to_owned);
        FileType::of(&Document { file_id, file_unique_id, mime_type, file_name, file_size: None, thumbnail: None })
    }

    #[test]
    fn an_image_is_known_by_its_media_type_in_any_spelling() {
        for media_type in [
            "image/jpeg",
            "image/jpg",
            "IMAGE/JPEG",
            "image/pjpeg",
            "image/png",
            "image/x-png",
            "image/webp",
            "Image/WebP",
            "image/jpeg; charset=binary",
            "image/jpeg;name=\"a.heic\"",
            " image/png ;",
        ] {
            for name in [None, Some(""), Some("photo"), Some("photo.bin"), Some("a.b.c"), Some("photo.")] {
                assert_eq!(of(media_type, name), FileType::Image, "{media_type} {name:?}");
            }
        }
    }

    #[test]
    fn an_image_is_known_by_its_name_in_any_spelling() {
        for name in [
            "photo.jpg",
            "IMG_0001.JPG",
            "photo.jpeg",
            "photo.Jpeg",
            "photo.jpe",
            "photo.jfif",
            "photo.png",
            "Снимок экрана 2026-12-01 в 10.00.00.PNG",
            "photo.webp",
            ".jpg",
            "IMG_0002.HEIC.jpg",
            "photo.jpg ",
        ] {
            for media_type in
                [None, Some(""), Some("application/octet-stream"), Some("image/*"), Some("binary"), Some("text/html")]
            {
                assert_eq!(of(media_type, name), FileType::Image, "{media_type:?} {name}");
            }
        }
    }

    #[test]
    fn a_heic_image_is_known_by_either() {
        for media_type in
            ["image/heic", "image/heif", "IMAGE/HEIC", "image/heic-sequence", "image/heif-sequence", "image/heif;x=1"]
        {
            assert_eq!(of(media_type, "photo"), FileType::Heic, "{media_type}");
        }
        for name in ["IMG_0001.HEIC", "photo.heif", "burst.heics", "burst.heifs", "DSC00001.HIF"] {
            for media_type in [None, Some(""), Some("application/octet-stream")] {
                assert_eq!(of(media_type, name), FileType::Heic, "{media_type:?} {name}");
            }
        }
    }

    #[test]
    fn if_the_type_and_the_name_differ_the_head_of_the_file_decides() {
        assert_eq!(of("image/heic", "photo.jpg"), FileType::Image);
        assert_eq!(of("image/jpeg", "photo.heic"), FileType::Image);
        assert_eq!(of("application/pdf", "photo.png"), FileType::Image);
    }

    #[test]
    fn any_other_file_is_refused() {
        for (media_type, name) in [
            (None, None),
            (Some(""), Some("")),
            (Some("application/octet-stream"), None),
            (Some("application/octet-stream"), Some("photo")),
            (Some("application/pdf"), Some("card.pdf")),
            (Some("image/gif"), Some("a.gif")),
            (Some("image/svg+xml"), Some("a.svg")),
            (Some("image/avif"), Some("a.avif")),
            (Some("image/tiff"), Some("a.tif")),
            (Some("image/jpeg2000"), Some("a.jp2")),
            (Some("image"), Some("jpg")),
            (Some("video/mp4"), Some("photo.jpg.mp4")),
            (Some("image/"), Some("photo.jpg.exe")),
            (Some("x-image/jpeg"), Some("photo.jpg/")),
            (Some("application/x-heic"), Some("heic")),
        ] {
            assert_eq!(of(media_type, name), FileType::Other, "{media_type:?} {name:?}");
        }
    }
}
