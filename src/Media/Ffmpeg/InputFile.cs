namespace MlxVideo.Media.Ffmpeg;

/// <summary>ffmpeg arguments that read a user's file safely.</summary>
internal static class InputFile
{
    /// <summary>Maximum number of pixels per frame.</summary>
    public const int MaxPixels = 100_000_000;

    // Containers of media alone: playlists and scripts could make ffmpeg open other files.
    private const string Containers =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,wav,w64,aiff,caf,flac,mp3,ogg,aac,"
        + "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif";

    /// <summary>Returns the input options and the file.</summary>
    /// <param name="options">Options of the input in addition, such as a seek.</param>
    public static IEnumerable<string> Arguments(string path, params IEnumerable<string> options) =>
        ["-v", "error", "-nostdin", "-max_pixels", $"{MaxPixels}", "-protocol_whitelist", "file", "-format_whitelist", Containers,
            .. options, "-i", $"file:{Path.GetFullPath(path)}"];
}
