using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Counts the open clips that need each stage's output. This allows a clip's intermediates, gigabytes for a long clip, to be removed when
/// it ends, although several clips share one file for equal outputs. Images and finished clips are kept.
/// </summary>
internal sealed class ArtefactUses
{
    private readonly Dictionary<BlobRef, int> _uses = [];

    public void Add(IEnumerable<NamedBlob> outputs)
    {
        foreach (var output in outputs)
            _uses[output.Blob] = _uses.GetValueOrDefault(output.Blob) + 1;
    }

    /// <summary>Adds the artefacts of a recovered open clip.</summary>
    public void Add(Clip open) => Add(
        open.Artefacts.Where(artefact => !open.Plan.ExternalInputs.ContainsKey(artefact.Key))
            .Select(artefact => new NamedBlob(artefact.Key, artefact.Value)));

    /// <summary>Forgets one use of a lost blob.</summary>
    public void Remove(BlobRef blob)
    {
        if (_uses.TryGetValue(blob, out var uses) && uses > 1)
            _uses[blob] = uses - 1;
        else
            _uses.Remove(blob);
    }

    /// <summary>Releases the artefacts of an ended clip and returns the blobs that are no longer needed.</summary>
    public IReadOnlyList<BlobRef> Release(Clip ended) => Release(ended, ended.Artefacts.Keys);

    /// <summary>Releases some artefacts of a clip and returns the blobs that are no longer needed.</summary>
    public IReadOnlyList<BlobRef> Release(Clip clip, IEnumerable<string> artefacts)
    {
        var unused = new List<BlobRef>();
        foreach (var (name, blob) in artefacts.Select(name => (name, clip.Artefacts[name])))
        {
            if (clip.Plan.ExternalInputs.ContainsKey(name) || name == clip.Plan.Clip || !_uses.TryGetValue(blob, out var uses))
                continue;
            _uses[blob] = uses - 1;
            if (uses > 1)
                continue;
            _uses.Remove(blob);
            unused.Add(blob);
        }

        return unused;
    }
}
