namespace MlxVideo.Shared.Files;

/// <summary>Files behind symbolic links, of which the Hugging Face cache consists.</summary>
public static class LinkTarget
{
    /// <summary>
    /// Returns the file that a path denotes after following all symbolic links. Length and modification time of a link itself are not
    /// those of the file.
    /// </summary>
    public static FileInfo Of(string path)
    {
        var file = new FileInfo(path);
        return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }
}
