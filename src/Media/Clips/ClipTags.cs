using System.Text;

namespace MlxVideo.Media.Clips;

/// <summary>Tags of a clip's container.</summary>
/// <param name="Title">The clip's prompt.</param>
/// <param name="Comment">The clip's manifest as JSON.</param>
public sealed record ClipTags(string Title, string Comment)
{
    /// <summary>Writes the tags in ffmpeg's metadata format.</summary>
    internal Task WriteAsync(string path, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(path, $";FFMETADATA1\ntitle={Escape(Title)}\ncomment={Escape(Comment)}\n", cancellationToken);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character is '=' or ';' or '#' or '\\' or '\n')
                escaped.Append('\\');
            escaped.Append(character);
        }

        return escaped.ToString();
    }
}
