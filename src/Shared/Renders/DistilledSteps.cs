namespace MlxVideo.Shared.Renders;

/// <summary>Denoise steps of the distilled pipeline's passes (the lengths of the official sigma tables).</summary>
public static class DistilledSteps
{
    /// <summary>Returns the number of steps of denoise pass 1 or 2.</summary>
    public static int Count(int passIndex) => passIndex == 1 ? 8 : 3;
}
