namespace MlxVideo.Shared.Errors;

/// <summary>Marks exceptions about arguments, files or settings that the user must correct: the program exits with 2.</summary>
public interface IBadInput;
