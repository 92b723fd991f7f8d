namespace MlxVideo.Shared.Models;

/// <summary>Where the files of a model are, and which of them to use.</summary>
/// <param name="Folder">The model folder.</param>
/// <param name="Checkpoint">The checkpoint in the folder; needed only if it has several.</param>
/// <param name="TextEncoder">Folder of the text encoder, or a folder that contains it; null for the one in the model folder.</param>
public sealed record ModelLocation(string Folder, string? Checkpoint = null, string? TextEncoder = null)
{
    /// <summary>True unless another checkpoint is chosen.</summary>
    public bool Accepts(string checkpoint) => Checkpoint is null || Path.GetFullPath(checkpoint) == Path.GetFullPath(Checkpoint);
}
